import type { ParameterSummary } from '@chorale/core'
import { elementNames, modeVerdict, type MissingPart } from '@chorale/core/results'

import { describeDraws, type DescribedDraws } from './describe-draws.js'
import type { ShownRun } from './shown-run.js'
import { drawsText, tableText, valuesText } from './text.js'
import { failedGateLines, otherWarningLines } from '../output/gates.js'
import { labelled } from '../output/labelled.js'
import { printable } from '../output/printable.js'
import { predictionLine, predictionsOf } from './shown-predictions.js'

export interface ShowRequest {
  /** A parameter or deterministic site, or one element of it. Default: the table of all. */
  readonly name?: string
  /** Of this shard's sub-posterior. */
  readonly shard?: number
}

/** What is shown, for people and for programs. */
export interface Shown {
  /** Lines of at most 80 columns. */
  readonly text: string
  readonly json: object
  readonly missing: readonly MissingPart[]
}

function shownMode(run: string, { parameters, isConverged, warnings }: NonNullable<ShownRun['mode']>): Pick<Shown, 'text' | 'json'> {
  const verdict = modeVerdict({ isConverged })
  const text = `${labelled('Verdict', verdict)}\n\n${valuesText(Object.entries(parameters), LISTED)}`
  return { text, json: { run, verdict, isConverged, warnings, parameters } }
}

/** Rows of a table, and elements whose densities are drawn. */
const LISTED = 100
const DRAWN = 12

/**
 * Verdict and gates of a run before the table of its results, or density and intervals of one parameter. Without a summary, and of a shard, the table is made from the draws.
 * @throws ChoraleError as `describeDraws`
 */
export async function showRun(run: ShownRun, { name, shard }: ShowRequest = {}): Promise<Shown> {
  const of = shard === undefined ? {} : { shard }
  if (name !== undefined) {
    const described = await describeDraws(run, { name, ...of, limit: DRAWN })
    return { text: drawsText(described), json: described, missing: described.missing }
  }
  if (run.summary && shard === undefined) {
    const { parameters, verification, gates, warnings } = run.summary
    const predictions = await predictionsOf(run)
    const lines = [
      labelled('Verdict', printable(verification.verdict)),
      ...failedGateLines(gates),
      ...otherWarningLines(run.summary),
      ...predictions.map(predictionLine),
    ]
    const text = `${lines.join('\n')}\n\n${tableText(Object.entries(parameters), LISTED)}`
    const { verdict } = verification
    return { text, json: { run: run.id, verdict, gates, warnings, predictions, parameters }, missing: run.missing }
  }
  if (run.mode && shard === undefined) return { ...shownMode(run.id, run.mode), missing: run.missing }
  const set = shard === undefined ? await run.posterior() : await run.shard(shard)
  const names = set.sites.flatMap(elementNames)
  const parts: DescribedDraws[] = []
  for (const site of set.sites) {
    const described = parts.reduce((total, { elements }) => total + elements.length, 0)
    if (described >= LISTED) break
    parts.push(await describeDraws(run, { name: site.name, ...of, limit: LISTED - described }))
  }
  const rows = parts
    .flatMap(({ elements }) => elements)
    .map((element): readonly [string, ParameterSummary] => [element.name, { ...element, mcseMean: null }])
  const unconstrained = set.scale === 'unconstrained' ? 'On the unconstrained scale: the run has no other values.\n' : ''
  const more = names.length > rows.length ? `... ${names.length - rows.length} more\n` : ''
  const missing = [...run.missing, ...set.missing]
  return {
    text: `${unconstrained}${tableText(rows, LISTED)}${more}`,
    json: { run: run.id, ...of, scale: set.scale, parameters: Object.fromEntries(rows) },
    missing,
  }
}
