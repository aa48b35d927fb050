/** Writes docs/benchmarks.md from the JSON of run.mjs. Usage: node bench/sampler/write-page.mjs RESULT.json [PAGE.md] */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { spread } from '../gradient/report.mjs'
import { limits } from './agreement.mjs'
import { absentFrom, tableOf } from './columns.mjs'
import { markLimit, markTitle } from './marks.mjs'

const [source, target = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url))] = process.argv.slice(2)
if (!source) throw new Error('usage: node bench/sampler/write-page.mjs RESULT.json [PAGE.md]')
const report = JSON.parse(readFileSync(source, 'utf8'))
const { machine, versions, results, startUp, marks } = report

const tableLines = ([head, ...rows]) => {
  const line = cells => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, k) => (k === 0 ? '---' : '---:'))), ...rows.map(line)]
}

const sentence = text => `${text}${text.endsWith('.') ? '' : '.'}`

function sectionOf([name, result]) {
  const absent = absentFrom(result).map(([title, reason]) => `- Not run: ${title}: ${sentence(reason)}`)
  return [
    `### ${result.title === 'posteriordb' ? name : `${name}, ${result.title}`}`,
    '',
    ...tableLines(tableOf(result)),
    ...(absent.length > 0 ? ['', ...absent] : []),
    '',
  ]
}

const entries = Object.entries(results)
const benchmarks = entries.filter(([, { title }]) => title !== 'posteriordb')
const publicOnes = entries.filter(([, { title }]) => title === 'posteriordb')
const inWords = ({ ratio, met }) => (ratio === undefined ? ['-', 'not run'] : [ratio.toFixed(2), met ? 'met' : 'missed'])

const page = [
  '# Benchmarks',
  '',
  `NUTS of Chorale beside Stan, NumPyro, nutpie and BlackJAX: ${report.chains} chains of ${report.draws} draws, one after another in one process on one core, each side`,
  `with its own defaults unless its title says otherwise. Median (quartiles) of up to ${report.seeds} seeds; sides took turns, seed by seed. A side starts no further seed of a posterior after ${report.budget} seconds (the sides that the marks compare: ${3 * report.budget}),`,
  'so slow sides have fewer. `node bench/sampler/run.mjs` measures all of this again ([bench/README.md](../bench/README.md)), `write-page.mjs` made this page.',
  '',
  '## Machine',
  '',
  `- ${report.date.slice(0, 10)}; ${machine.processor}, ${machine.cores} cores, ${machine.memoryGigabytes} GB, ${machine.system}; ${machine.pinning}; load before the run ${machine.loadBefore.toFixed(1)}.`,
  ...(report.note ? [`- ${sentence(report.note)}`] : []),
  `- Node ${machine.node}; compiler of Stan models: ${machine.compiler ?? 'none'}.`,
  ...Object.entries(versions)
    .filter(([name]) => !name.startsWith('chorale'))
    .map(([name, version]) => `- \`${name}\`: ${sentence(version)}`),
  '',
  '## What the columns are',
  '',
  '- **min ESS**: smallest bulk or tail effective sample size of any scalar, by the same code for every side.',
  '- **ESS/s**: that number by the seconds of sampling, or of warm-up and sampling; **us/leapfrog**: seconds of sampling by leapfrog steps. Seconds cover what each side does',
  '  to hand over draws: Chorale writes draws with their gradients and statistics to binary files with checksums, Stan writes CSV files, the Python peers keep arrays in memory.',
  "- **gradients/draw** and **ESS/1000 gradients** count leapfrog steps. Warm-up iterations and gradients are a chain's; those of Chorale and Stan include start and step-size searches (but for Stan not the one",
  '  gradient per transition that it computes again), those of the Python peers do not.',
  '- **compile**: model to first gradient for Chorale, stanc and g++ with a precompiled header for Stan (once, not for each seed), XLA or numba for the others. It is in none of the other figures.',
  '- nutpie does not time its phases: its seconds are divided by gradients.',
  '- **rms z**: root mean square of the differences of means and standard deviations (of logarithms for scales) from the reference, which is Stan where it was run, in Monte Carlo standard errors, over all',
  `  scalars and seeds. Where that has a probability below ${limits.probability} (a chi-square, with as many degrees of freedom as the correlated scalars count for), or a single z is beyond ${limits.largest}, the side is marked as different`,
  '  and its figures are left out.',
  '',
  '## Marks',
  '',
  'What is asked of Chorale, as ratios of medians:',
  '',
  ...tableLines([['mark', 'asked', 'measured', ''], ...marks.map(mark => [markTitle(mark), markLimit(mark), ...inWords(mark)])]),
  '',
  ...(startUp
    ? [
        '## From process start to result',
        '',
        `Seconds, eight schools, ${report.chains} x ${report.draws}, file caches warm; Chorale is not pinned to a core, Stan's one thread is. Chorale's time ends with its summary and its checks, Stan's with CSV files; Stan's compilation is not in it.`,
        '',
        ...tableLines([
          ['', 'seconds'],
          ...Object.entries(startUp).map(([title, seconds]) => {
            const { median, lower, upper } = spread(seconds)
            return [title, `${median.toFixed(3)} (${lower.toFixed(3)} to ${upper.toFixed(3)})`]
          }),
        ]),
        '',
      ]
    : []),
  '## Models',
  '',
  'M1 to M6 are those of [bench/gradient](../bench/gradient/models.mjs), with the same data; Stan, JAX and PyMC have the same priors and the same parametrisation, Stan with its GLM functions.',
  '',
  ...benchmarks.flatMap(sectionOf),
  ...(publicOnes.length > 0
    ? ['## posteriordb', '', 'Public posteriors; their data are not part of this repository.', '', ...publicOnes.flatMap(sectionOf)]
    : [`The posteriors of posteriordb were not run${report.posteriordb ? '' : ': their files were not at hand'}.`, '']),
]
writeFileSync(target, await format(page.join('\n'), { ...(await resolveConfig(target)), parser: 'markdown' }))
