import { relative } from 'node:path'

import type { RunOutcome, Summary } from '@chorale/core'

import { printJson } from './json.js'
import { formatCount, formatValue } from './number.js'
import { formatTable, type Alignment } from './table.js'

/** The end of a run, for people or programs. */
export function printOutcome(outcome: RunOutcome, json: boolean): void {
  if (outcome.status === 'stopped') {
    process.stderr.write(`\nStopped; everything that is finished is kept. Go on with:\n  chorale run --resume ${shown(outcome.path)}\n`)
    return
  }
  if (json) return printJson(outcome.summary)
  process.stdout.write(describeSummary(outcome.summary, outcome.path))
  for (const gate of outcome.failedGates) process.stderr.write(`failed   ${gate}\n`)
}

const shown = (path: string): string => {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? path : near
}

const RIGHT: readonly Alignment[] = ['left', ...Array<Alignment>(9).fill('right')]

/** Posterior, shards, verdict, warnings: at most 80 columns wide for ordinary names. */
export function describeSummary(summary: Summary, path: string): string {
  const { verification, rows, warnings } = summary
  return [
    'Posterior',
    posteriorTable(summary),
    'Shards',
    shardTable(summary),
    `Rows     ${formatCount(rows.used)}${rows.used === rows.total ? '' : ` of ${formatCount(rows.total)}`}`,
    ...heterogeneityLine(summary),
    ...(verification.paretoK === null
      ? []
      : [
          `Check    k-hat ${verification.paretoK.toFixed(2)}, weight ESS ${formatCount(verification.weightEss)}, ` +
            `largest shift of a mean ${verification.maxShift!.toFixed(3)} sd`,
        ]),
    `Verdict  ${verification.verdict}`,
    ...warnings.map(({ code, message }) => `Warning  ${code}: ${message}`),
    `Results  ${shown(path)}/summary.json`,
    '',
  ].join('\n')
}

function posteriorTable({ parameters }: Summary): string {
  const rows = Object.entries(parameters).map(([name, p]) => {
    const value = (x: number): string => formatValue(x, p.sd)
    const mcse = p.mcseMean === null ? '-' : formatValue(p.mcseMean, p.mcseMean)
    return [name, value(p.mean), value(p.sd), mcse, value(p.q5), value(p.q50), value(p.q95), formatCount(p.essBulk), p.rhat === null ? '-' : p.rhat.toFixed(3)]
  })
  return formatTable(['parameter', 'mean', 'sd', 'mcse', '5 %', '50 %', '95 %', 'ess', 'rhat'], rows, RIGHT)
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
  return formatTable(['shard', 'status', 'rows', 'chains', 'diverg.', 'R-hat', 'ESS', 'E-BFMI', 'restarts', 'seconds'], rows, RIGHT)
}

function heterogeneityLine({ heterogeneity }: Summary): readonly string[] {
  if (!heterogeneity) return []
  const { q, degreesOfFreedom, pValue, i2 } = heterogeneity
  return [`Between  Q ${fixed(q, 1)} on ${degreesOfFreedom}, p ${fixed(pValue, 3)}, I2 ${fixed(i2, 2)}`]
}
