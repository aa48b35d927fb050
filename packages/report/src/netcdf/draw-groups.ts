import { placedSites } from '../element-names.js'
import { exportAttributes } from '../export-attributes.js'
import type { DrawnChain, DrawRows, DrawSet, ReadableRun, Site } from '../readable-run.js'
import { columnsOf, rowBatches } from '../row-batches.js'
import { reachedMaxTreeDepth, statisticsOf } from '../sample-stats.js'
import type { Dimension, NetcdfFile, VariableRequest } from './netcdf-file.js'
import { collectValues, wholeOrPieces } from './whole-variables.js'

interface SetSource {
  readonly run: ReadableRun
  readonly set: DrawSet
}

export async function writeSet(file: NetcdfFile, prefix: string, { run, set }: SetSource): Promise<void> {
  const { chains, sites } = set
  if (chains.length === 0) return
  const attributes = exportAttributes({ run, set, missing: [] })
  const posterior = set.scale === 'constrained' ? 'posterior' : 'unconstrained_posterior'
  const maxTreeDepth = run.record?.plan.sampling.maxTreeDepth
  await writeRows(file, {
    posterior: `${prefix}${posterior}`,
    statistics: `${prefix}sample_stats`,
    sites,
    chains,
    drawn: chains,
    attributes,
    maxTreeDepth,
  })
  const warmup = chains.flatMap(chain => chain.warmup ?? [])
  if (warmup.length < chains.length) return
  await writeRows(file, {
    posterior: `${prefix}warmup_${posterior}`,
    statistics: `${prefix}warmup_sample_stats`,
    sites,
    chains,
    drawn: warmup,
    attributes,
    maxTreeDepth,
  })
}

/** Draws of the prior, in the group that ArviZ has for them. */
export const writePrior = (file: NetcdfFile, { run, set }: SetSource): Promise<void> =>
  writeRows(file, {
    posterior: 'prior',
    statistics: 'sample_stats_prior',
    sites: set.sites,
    chains: set.chains,
    drawn: set.chains,
    attributes: exportAttributes({ run, set, missing: [] }),
    maxTreeDepth: undefined,
  })

interface RowsRequest {
  /** Names of the groups. */
  readonly posterior: string
  readonly statistics: string
  readonly sites: readonly Site[]
  readonly chains: readonly DrawnChain[]
  /** Of each chain. */
  readonly drawn: readonly DrawRows[]
  readonly attributes: Readonly<Record<string, string | number>>
  readonly maxTreeDepth: number | undefined
}

async function writeRows(file: NetcdfFile, request: RowsRequest): Promise<void> {
  const { sites, chains, drawn, attributes, maxTreeDepth } = request
  const count = drawn[0]!.rows
  if (drawn.some(({ rows }) => rows !== count)) throw new Error(`the chains of ${request.posterior} have different lengths`)
  const chain: Dimension = { name: 'chain', coordinate: chains.map(known => known.chain) }
  const draw: Dimension = { name: 'draw', coordinate: drawn[0]!.draws ?? { count } }
  const posterior = file.group(request.posterior, attributes)
  const requestOf = (site: Site): VariableRequest => ({
    name: site.name,
    type: 'number',
    dimensions: [chain, draw, ...ownDimensions(site)],
    ...(site.kind === 'parameter' ? {} : { attributes: { kind: site.kind } }),
  })
  const { groups, inPieces: places } = wholeOrPieces(
    placedSites(sites).filter(({ size }) => size > 0),
    drawn.length * count,
  )
  for (const group of groups) {
    const collected = await collectValues(group, drawn)
    group.forEach(({ site }, k) => posterior.variable({ ...requestOf(site), values: collected[k]! }))
  }
  const variables = places.map(({ site }) => posterior.variable(requestOf(site)))
  const recorded = drawn.every(({ statistics }) => statistics !== undefined) ? drawn[0]!.statistics!.columns : []
  const statistics = statisticsOf(recorded)
  const derived = recorded.includes('tree_depth') && maxTreeDepth !== undefined ? [reachedMaxTreeDepth(maxTreeDepth)] : []
  const all = [...statistics, ...derived]
  const stats = all.length > 0 ? file.group(request.statistics, attributes) : undefined
  const statVariables = all.map(({ arviz, type }) => stats!.variable({ name: arviz, type, dimensions: [chain, draw] }))
  if (variables.length === 0 && all.length === 0) return
  for (const [c, rows] of drawn.entries()) {
    const width = rows.values.columns.length
    for await (const batch of rowBatches(rows)) {
      const range = [
        [c, c + 1],
        [batch.from, batch.from + batch.rows],
      ] as const
      places.forEach(({ site, from, size }, k) => {
        variables[k]!.write([...range, ...site.shape.map(length => [0, length] as const)], columnsOf(batch.values, width, { from, size }))
      })
      all.forEach(({ column, convert }, k) => {
        const from = rows.statistics!.columns.indexOf(column)
        const values = columnsOf(batch.statistics, rows.statistics!.columns.length, { from, size: 1 })
        statVariables[k]!.write(range, convert ? values.map(convert) : values)
      })
    }
  }
}

/** Dimensions of one element, named as ArviZ does where nobody gave them names; groups are labelled with their numbers, from 0. */
const ownDimensions = ({ name, shape, levels }: Site): readonly Dimension[] =>
  shape.map((count, axis) => ({ name: dimensionName(name, axis), coordinate: levels?.[axis] ?? { count } }))

export const dimensionName = (site: string, axis: number): string => `${site}_dim_${axis}`
