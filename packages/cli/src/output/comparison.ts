import type { ComparedCombiner, ComparisonOutcome, Summary, Warning } from '@chorale/core'
import { isChoraleError } from '@chorale/core/contracts'

import { printJson } from './json.js'
import { labelled } from './labelled.js'
import { formatCount, formatValue } from './number.js'
import { printWarnings } from './outcome.js'
import { shown } from './shown.js'
import { reported } from './reported.js'
import { firstRows, formatTable, type Alignment } from './table.js'

/** Longer tables are cut: the summaries have everything. */
const ROWS_SHOWN = 50

interface Compared {
  readonly name: string
  readonly summary: Summary
}

const summaryOf = ({ name, result }: ComparedCombiner): readonly Compared[] =>
  isChoraleError(result) ? [] : [{ name, summary: result.summary }]

/** What several combiners made of one run, for people or programs. */
export function printComparison(
  outcome: ComparisonOutcome,
  { json, warnings }: { readonly json: boolean; readonly warnings: readonly Warning[] },
): void {
  printWarnings(json ? [] : warnings)
  if (outcome.status === 'stopped') {
    process.stderr.write(`Stopped; the combinations that were finished are kept in ${shown(outcome.path)}/results\n`)
    return
  }
  const compared = outcome.combiners.flatMap(summaryOf)
  if (json) printJson(Object.fromEntries(compared.map(({ name, summary }) => [name, summary])))
  else process.stdout.write(describeComparison(compared, outcome.path))
  for (const { name, result } of outcome.combiners) {
    if (isChoraleError(result)) process.stderr.write(`${labelled('failed', `${name}: ${result.message}`)}\n`)
  }
}

/** Mean and standard deviation of each parameter by each combiner, then what each is worth. */
export function describeComparison(compared: readonly Compared[], path: string): string {
  const width = Math.max(...compared.map(({ name }) => name.length))
  return [
    'Posterior: mean (sd)',
    momentsTable(compared),
    ...apartLine(compared),
    'Combiners',
    combinersTable(compared),
    ...compared.map(({ name, summary: { verification } }) => labelled(name.padEnd(width + 1), verification.verdict)),
    labelled('Results', `${shown(path)}/results`),
    '',
  ].join('\n')
}

function momentsTable(compared: readonly Compared[]): string {
  const names = [...new Set(compared.flatMap(({ summary }) => Object.keys(summary.parameters)))]
  const rows = names.map(name => [
    name,
    ...compared.map(({ summary }) => {
      const found = summary.parameters[name]
      return found ? `${formatValue(found.mean, found.sd)} (${formatValue(found.sd, found.sd)})` : '-'
    }),
  ])
  const alignment: readonly Alignment[] = ['left', ...compared.map((): Alignment => 'right')]
  return formatTable(['parameter', ...compared.map(({ name }) => name)], firstRows(rows, ROWS_SHOWN), alignment)
}

/** The two combiners whose means of a parameter are farthest apart, in the smaller of their standard deviations. */
function apartLine(compared: readonly Compared[]): readonly string[] {
  let farthest: { readonly distance: number; readonly text: string } | undefined
  for (const [i, a] of compared.entries()) {
    for (const b of compared.slice(i + 1)) {
      for (const [name, own] of Object.entries(a.summary.parameters)) {
        const other = b.summary.parameters[name]
        if (!other) continue
        const distance = Math.abs(own.mean - other.mean) / Math.min(own.sd, other.sd)
        if (!(distance > (farthest?.distance ?? -1))) continue
        farthest = { distance, text: `means by up to ${distance.toFixed(2)} sd (${name}, ${a.name} to ${b.name})` }
      }
    }
  }
  return farthest ? [labelled('Apart', farthest.text)] : []
}

/** What each reports of itself, and what the check of each found. */
function combinersTable(compared: readonly Compared[]): string {
  const number = (value: number | null | undefined, digits: number): string => value?.toFixed(digits) ?? '-'
  const rows = compared.map(({ name, summary }) => {
    const { chosen, predictedBias, overlap } = reported(summary)
    const { paretoK, weightEss, maxShift } = summary.verification
    return [
      chosen === undefined ? name : `${name}: ${chosen}`,
      number(predictedBias?.value, 2),
      number(predictedBias?.upper95, 2),
      number(overlap?.mean, 2),
      number(paretoK, 2),
      formatCount(weightEss),
      number(maxShift, 3),
    ]
  })
  const header = ['combiner', 'bias', 'at most', 'overlap', 'k-hat', 'weight ESS', 'shift']
  return formatTable(header, rows, ['left', ...header.slice(1).map((): Alignment => 'right')])
}
