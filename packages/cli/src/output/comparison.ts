import { isChoraleError, type ComparedCombiner, type ComparisonOutcome, type Summary, type Warning } from '@chorale/core'

import { printJson } from './json.js'
import { labelled } from './labelled.js'
import { formatValue } from './number.js'
import { printWarnings, shown } from './outcome.js'
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
  return [
    'Posterior: mean (sd)',
    momentsTable(compared),
    ...compared.map(({ name, summary: { verification } }) => labelled(name, verification.verdict)),
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
