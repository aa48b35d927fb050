import type { OptimizationOutcome, OptimizationSummary, Warning } from '@chorale/core'

import { fixedLine } from './fixed.js'
import { printJson } from './json.js'
import { labelled } from './labelled.js'
import { formatCount, formatValue } from './number.js'
import { printOtherWarnings, printWarnings } from './outcome.js'
import { shown } from './shown.js'
import { firstRows, formatTable } from './table.js'

/** Longer tables are cut: summary.json has everything. */
const ROWS_SHOWN = 50

/** How the search for a mode is reported: a table, or its summary.json. */
export const reportMode = ({ json }: { readonly json: boolean }) => ({
  print(outcome: OptimizationOutcome, warnings: readonly Warning[]): void {
    if (outcome.status === 'stopped') {
      printWarnings(warnings)
      process.stderr.write('Stopped; nothing is kept. Look again with:\n  chorale optimize\n')
      return
    }
    const { summary, path } = outcome
    printOtherWarnings(warnings, json ? [] : summary.warnings)
    if (json) printJson(summary)
    else process.stdout.write(describeMode(summary, path))
  },
})

/** The mode and how it was found. */
export function describeMode(summary: OptimizationSummary, path: string): string {
  const { parameters, fixed, jacobian, logDensity, rows, warnings } = summary
  const values = Object.entries(parameters).map(([name, value]) => [
    name,
    value === null ? '-' : formatValue(value, Math.abs(value) / 1000),
  ])
  return [
    summary.isConverged ? 'Mode' : 'Best point',
    formatTable(['parameter', 'value'], firstRows(values, ROWS_SHOWN), ['left', 'right']),
    ...fixedLine(fixed),
    labelled(
      'Density',
      `${logDensity === null ? '-' : formatValue(logDensity, 0.1)} nats (log, up to a constant) ${SCALE[Number(jacobian)]}`,
    ),
    labelled('Search', searchText(summary)),
    labelled('Rows', `${formatCount(rows.used)}, all in one task, whatever sharding says`),
    ...warnings.map(({ code, message }) => labelled('Warning', `${code}: ${message}`)),
    labelled('Time', `${summary.seconds.toFixed(1)} s`),
    labelled('Results', `${shown(path)}/results/optimize/summary.json`),
    '',
  ].join('\n')
}

const SCALE = ['on the constrained scale', 'on the unconstrained scale (with the Jacobian)'] as const

function searchText({ starts, found, iterations, gradients }: OptimizationSummary): string {
  const parts = [
    ...(starts === null || found === null ? [] : [found > 0 ? `found by ${found} of ${starts} starts` : `${starts} starts`]),
    ...(iterations === null ? [] : [`${formatCount(iterations)} iterations`]),
    ...(gradients === null ? [] : [`${formatCount(gradients)} gradients`]),
  ]
  return parts.join(', ') || '-'
}
