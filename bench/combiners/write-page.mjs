/** Writes the measured tables of docs/combiners.md from the JSON of run.mjs. Usage: node bench/combiners/write-page.mjs RESULT.json [PAGE.md] */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { overviewOf, refusalsOf, tableOf } from './columns.mjs'
import { partTable, publishedTable } from './part/columns.mjs'

const page = fileURLToPath(new URL('../../docs/combiners.md', import.meta.url))
const [begin, end] = ['<!-- measured: begin -->', '<!-- measured: end -->']

const tableLines = ([head, ...rows]) => {
  const line = cells => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, k) => (k === 0 ? '---' : '---:'))), ...rows.map(line), '']
}

const refusalLine = ([reason, titles]) =>
  reason.startsWith('CHORALE_') ? `- Refused with \`${reason}\`: ${titles.join(', ')}.` : `- ${titles.join(', ')}: ${reason}.`

function sectionOf([name, result]) {
  const refusals = refusalsOf(result)
  return [
    `#### ${name}: ${result.title}`,
    '',
    ...tableLines(tableOf(result)),
    ...refusals.map(refusalLine),
    ...(refusals.length > 0 ? [''] : []),
  ]
}

function partLines(part) {
  const { rows, shards, draws, leastEss } = part.problem
  const floor = Math.sqrt(50 / leastEss.reference).toFixed(2)
  // Of a Gaussian fitted to n independent draws from the one fitted exactly, to first order: d(d + 3)/(4 n).
  const divergence = ((50 * 53) / 4 / leastEss.reference).toFixed(1)
  return [
    '### The published logistic regression',
    '',
    `Wang, Guo, Heller & Dunson (2015), section 4.2: ${rows.toLocaleString('en-US')} rows, ${shards} shards, p = 50, features with correlation 0.9^|k - l|, intercept -3, other coefficients from N(0, 5^2).`,
    `Ours: the prior N(0, 5^2) for all coefficients, NUTS with 4 chains of ${draws} draws for each shard (smallest ESS ${leastEss.shards.toFixed(0)}) and for all rows, which are the reference (${leastEss.reference.toFixed(0)}: its mean is known to about ${floor} sd, and exact draws would show a KL divergence of about ${divergence} from it, plus as much for errors of their own).`,
    'Theirs: a prior that the paper does not name, 50,000 draws of adaptive MCMC for each shard, where ours have 4,000 for partitions and kernels to find overlaps by. So the tables can be compared in their orders of magnitude, and no closer.',
    "RMSE is the distance of the means over sqrt(p), as in the authors' code (the paper's formula divides by p, which does not fit its r); r, the concentration ratio, is the root mean square distance of draws from the coefficients that made the rows, over that of the posterior (1 is ideal).",
    '',
    ...tableLines(partTable(part)),
    'As published, table 1 there:',
    '',
    ...tableLines(publishedTable()),
  ]
}

function measuredLines({ date, machine, note, quick, seeds, size, results, part }) {
  const entries = Object.entries(results)
  return [
    ...(quick ? ['These are figures of a quick look: few problems, few draws, one seed.', ''] : []),
    `${date.slice(0, 10)}; ${machine.processor}, ${machine.cores} cores, ${machine.memoryGigabytes} GB, ${machine.system}, Node ${machine.node}; load before the run ${machine.loadBefore.toFixed(1)}.`,
    ...(note ? [`${note}${note.endsWith('.') ? '' : '.'}`] : []),
    `Medians of ${seeds} ${seeds === 1 ? 'seed' : 'seeds'} (one for d = 100), ${size.toLocaleString('en-US')} combined draws: exact ones would be off by about sqrt(d/${size}) sd.`,
    '',
    ...(entries.length > 0 ? ['### Error of the mean, posterior sd', '', ...tableLines(overviewOf(results))] : []),
    ...entries.map(([name, { title, dimension }]) => `- **${name}**: ${title}${title.includes('d = ') ? '' : `, d = ${dimension}`}`),
    '',
    ...(part ? partLines(part) : []),
    ...(entries.length > 0 ? ['### Problem by problem', '', ...entries.flatMap(sectionOf)] : []),
  ]
}

/** Replaces what stands between the two marks. */
export async function writePage(report, target = page) {
  const text = readFileSync(target, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${target} has no ${begin} ... ${end}`)
  const written = [text.slice(0, from + begin.length), '', ...measuredLines(report), text.slice(to)].join('\n')
  writeFileSync(target, await format(written, { ...(await resolveConfig(target)), parser: 'markdown' }))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [source, target] = process.argv.slice(2)
  if (!source) throw new Error('usage: node bench/combiners/write-page.mjs RESULT.json [PAGE.md]')
  await writePage(JSON.parse(readFileSync(source, 'utf8')), target)
}
