import type { RunOutcome, Summary, Warning } from '@chorale/core'

import { describeCost } from './cost.js'
import { describeHalt } from './detached.js'
import { thinningLine, warmupLines } from './chain-lines.js'
import { diagnosticLines } from './diagnostics.js'
import { gateLines } from './gates.js'
import { printJson } from './json.js'
import { counted, formatCount, formatValue } from './number.js'
import { firstRows, formatTable, type Alignment } from './table.js'
import { labelled, TIE } from './labelled.js'
import { shown } from './shown.js'

/** What is said at the end, besides the outcome itself. */
export interface ReportRequest {
  /** summary.json instead of the table. */
  readonly json: boolean
  /** Everything about every shard. Default: what matters most. */
  readonly verbose?: boolean
  /** The command that goes on, without the run, where a stopped run ended. */
  readonly resume: string
}

/** How the end of a run is reported. */
export const reportRun = (request: ReportRequest) => ({
  print: (outcome: RunOutcome, warnings: readonly Warning[]): void => printOutcome(outcome, { ...request, warnings }),
  hasFailed: (outcome: RunOutcome): boolean => outcome.status === 'completed' && outcome.failedGates.length > 0,
})

export interface OutcomeRequest extends ReportRequest {
  /** What was warned of while the run went on. */
  readonly warnings: readonly Warning[]
}

/** The end of a run, for people or programs. */
export function printOutcome(outcome: RunOutcome, { json, warnings, resume, verbose = false }: OutcomeRequest): void {
  if (outcome.status === 'stopped') {
    printWarnings(warnings)
    process.stderr.write(describeHalt(outcome, resume))
    return
  }
  const { summary, failedGates, path, cost } = outcome
  printOtherWarnings(warnings, json ? [] : summary.warnings)
  if (json) printJson(summary)
  else process.stdout.write(`${describeSummary(summary, path, { verbose })}${cost ? `\n${describeCost(cost)}` : ''}`)
  for (const gate of failedGates) process.stderr.write(`${labelled('failed', gate)}\n`)
}

/** Every warning is said once: `shown` are those that the result shows itself. */
export function printOtherWarnings(warnings: readonly Warning[], shownOnes: readonly Warning[]): void {
  const messages = new Set(shownOnes.map(({ message }) => message))
  printWarnings(warnings.filter(({ message }) => !messages.has(message)))
}

/** Shards that fail for one reason fail together: the log has every one. */
const FAILED_SHOWN = 3

export function printWarnings(warnings: readonly Warning[]): void {
  const failed = warnings.filter(({ code }) => code === 'SHARD_FAILED')
  const hidden = new Set(failed.slice(FAILED_SHOWN))
  for (const warning of warnings) {
    if (hidden.has(warning)) continue
    process.stderr.write(`${labelled('warning', `${warning.code}: ${oneLine(warning.message)}`)}\n`)
    if (hidden.size > 0 && warning === failed[FAILED_SHOWN - 1])
      process.stderr.write(`${labelled('', `and ${counted(hidden.size, 'more shard')}: chorale logs has each`)}\n`)
  }
}

/** What a job or a model said may have lines of its own, as its advice does. */
const oneLine = (message: string): string => message.replaceAll(/\s*\n\s*fix\s+/g, '; fix: ').replaceAll(/\s*\n\s*/g, ' ')

/** Longer tables are cut: summary.json has everything. */
const ROWS_SHOWN = 50

const RIGHT: readonly Alignment[] = ['left', ...Array<Alignment>(9).fill('right')]

/** Posterior, shards, verdict, gates, warnings: at most 80 columns wide for ordinary names. */
export function describeSummary(summary: Summary, path: string, detail: { readonly verbose: boolean } = { verbose: false }): string {
  const { verification, rows } = summary
  return [
    'Posterior',
    posteriorTable(summary),
    'Shards',
    shardTable(summary),
    ...warmupLines(summary),
    labelled('Rows', `${formatCount(rows.used)}${rows.used === rows.total ? '' : ` of ${formatCount(rows.total)}`}`),
    ...thinningLine(summary),
    ...diagnosticLines(summary, detail),
    labelled('Verdict', verification.verdict),
    ...gateLines(summary, detail),
    timeLine(summary.timings),
    labelled('Results', `${shown(path)}/summary.json`),
    '',
  ].join('\n')
}

const PARTS = [
  ['data', 'data'],
  ['planning', 'planning'],
  ['sampling', 'sampling'],
  ['combination', 'combining'],
  ['verification', 'check'],
] as const

/** `16.5 s: data 0.3, planning 1.2, sampling 12.5, combining 0.4, check 2.1`: the parts that this process went through. */
function timeLine(timings: Summary['timings']): string {
  const seconds = (value: number): string => value.toFixed(value < 100 ? 1 : 0)
  const parts = PARTS.flatMap(([part, name]) => (timings[part] === null ? [] : [`${name}${TIE}${seconds(timings[part])}`]))
  return labelled('Time', `${seconds(timings.total)}${TIE}s${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`)
}

function posteriorTable({ parameters }: Summary): string {
  const rows = Object.entries(parameters).map(([name, p]) => {
    const value = (x: number): string => formatValue(x, p.sd)
    const mcse = p.mcseMean === null ? '-' : formatValue(p.mcseMean, p.mcseMean)
    return [
      name,
      value(p.mean),
      value(p.sd),
      mcse,
      value(p.q5),
      value(p.q50),
      value(p.q95),
      formatCount(p.essBulk),
      p.rhat === null ? '-' : p.rhat.toFixed(3),
    ]
  })
  return formatTable(['parameter', 'mean', 'sd', 'mcse', '5 %', '50 %', '95 %', 'ess', 'rhat'], firstRows(rows, ROWS_SHOWN), RIGHT)
}

const fixed = (value: number | null, digits: number): string => (value === null ? '-' : value.toFixed(digits))

function shardTable({ shards }: Summary): string {
  const rows = shards.map(s => [
    String(s.id),
    s.status,
    formatCount(s.rows),
    String(s.chains),
    formatCount(s.divergences),
    fixed(s.rhatMax, 3),
    formatCount(s.essBulkMin),
    fixed(s.ebfmiMin, 2),
    String(s.restarts),
    s.seconds.toFixed(1),
  ])
  return formatTable(['shard', 'status', 'rows', 'chains', 'div.', 'R-hat', 'ESS', 'BFMI', 'restarts', 's'], firstRows(rows, ROWS_SHOWN), [
    'left',
    ...RIGHT,
  ])
}
