import { ChoraleError } from '@chorale/core/contracts'
import { describe, elementNames, placesOf, sortedQuantile, type DrawSet, type MissingPart } from '@chorale/core/results'

import { histogram, type Histogram } from './histogram.js'
import type { ShownRun } from './shown-run.js'

/** Bins of a density, and characters of its picture. */
export const BINS = 64

/** Draws of one scalar as they are shown. */
export interface DescribedElement {
  readonly name: string
  readonly draws: number
  readonly chains: number
  readonly mean: number
  readonly sd: number
  readonly q5: number
  readonly q25: number
  readonly q50: number
  readonly q75: number
  readonly q95: number
  /** null for combined draws, whose chains are none. */
  readonly essBulk: number | null
  readonly essTail: number | null
  readonly rhat: number | null
  /** From the 0.5 % to the 99.5 % quantile, so that a far draw does not flatten it. */
  readonly density: Histogram
}

export interface DescribedDraws {
  readonly run: string
  /** undefined for the posterior. */
  readonly shard?: number
  readonly scale: DrawSet['scale']
  readonly elements: readonly DescribedElement[]
  /** Elements that were asked for and are not among them: what is shown is limited. */
  readonly more: number
  readonly missing: readonly MissingPart[]
}

export interface DescribeRequest {
  /** A parameter or deterministic site, `beta`, or one element of it, `beta[2]`. */
  readonly name: string
  readonly shard?: number
  /** At most so many elements. */
  readonly limit: number
}

/**
 * Moments, quantiles, convergence and density of the draws of a parameter; one element is in memory at a time.
 * @throws ChoraleError `CHORALE_PARAMETER_UNKNOWN`, `CHORALE_NO_DRAWS`, `CHORALE_SHARD_UNKNOWN`
 */
export async function describeDraws(run: ShownRun, { name, shard, limit }: DescribeRequest): Promise<DescribedDraws> {
  const set = await setWith(run, name, shard)
  const columns = columnsNamed(run, set, name)
  // Combined draws are no chain: nothing converges there.
  const combined = shard === undefined && run.shards.length > 1
  const elements: DescribedElement[] = []
  for (const column of columns.slice(0, limit)) elements.push(await describeElement(set, column, combined))
  return {
    run: run.id,
    ...(shard === undefined ? {} : { shard }),
    scale: set.scale,
    elements,
    more: Math.max(0, columns.length - limit),
    missing: [...run.missing, ...set.missing],
  }
}

/** The draws that have this name: shards' own parameters have fewer of them than what shards share. */
async function setWith(run: ShownRun, name: string, shard: number | undefined): Promise<DrawSet> {
  if (shard !== undefined) return run.shard(shard)
  const all = await run.posterior()
  const shared = all.sites.some(site => site.name === name || elementNames(site).includes(name))
  return (shared ? undefined : await run.joint?.()) ?? all
}

interface Column {
  readonly name: string
  readonly at: number
}

function columnsNamed(run: ShownRun, set: DrawSet, name: string): readonly Column[] {
  if (set.chains.length === 0) {
    const [first] = set.missing
    throw new ChoraleError(
      'CHORALE_NO_DRAWS',
      `Run ${run.id} has no draws that can be read${first ? `: ${first.what}: ${first.why}` : ''}.`,
      {
        lookedIn: run.path,
        fix:
          run.shards.length > 1
            ? '--shard shows a shard that is finished; chorale status tells which'
            : 'chorale status tells how far the run is',
      },
    )
  }
  const all = [...placesOf(set.sites).values()].map(({ site, from }) => ({
    site,
    columns: elementNames(site).map((element, k): Column => ({ name: element, at: from + k })),
  }))
  const whole = all.find(({ site }) => site.name === name)
  if (whole) return whole.columns
  const one = all.flatMap(({ columns }) => columns).find(column => column.name === name)
  if (one) return [one]
  throw new ChoraleError('CHORALE_PARAMETER_UNKNOWN', `Run ${run.id} has no parameter or deterministic site "${name}".`, {
    askedBy: name,
    available: set.sites.map(site => site.name).slice(0, 10),
    fix: 'name one of those, or one element of it, as in beta[2]; chorale show without a name lists all',
  })
}

async function describeElement({ chains }: DrawSet, { name, at }: Column, combined: boolean): Promise<DescribedElement> {
  const read: Float64Array[] = []
  for (const { rows, values } of chains) {
    const width = values.columns.length
    const column = new Float64Array(rows)
    let row = 0
    for await (const block of values.blocks()) for (let k = at; k < block.length; k += width) column[row++] = block[k]!
    read.push(column)
  }
  const { mean, sd, essBulk, essTail, rhat } = describe(read)
  const pooled = new Float64Array(read.reduce((total, { length }) => total + length, 0))
  let length = 0
  for (const column of read) {
    pooled.set(column, length)
    length += column.length
  }
  pooled.sort()
  const quantile = (p: number): number => sortedQuantile(pooled, p)
  const measured = (value: number): number | null => (combined || !Number.isFinite(value) ? null : value)
  return {
    name,
    draws: pooled.length,
    chains: chains.length,
    mean,
    sd,
    q5: quantile(0.05),
    q25: quantile(0.25),
    q50: quantile(0.5),
    q75: quantile(0.75),
    q95: quantile(0.95),
    essBulk: measured(essBulk),
    essTail: measured(essTail),
    rhat: measured(rhat),
    density: histogram(pooled, { from: quantile(0.005), to: quantile(0.995), bins: BINS }),
  }
}
