import type { Model } from '@chorale/core/contracts'

import { collect } from '../graph/collect.js'
import type { Node } from '../graph/node.js'
import type { Plate } from '../graph/plate.js'
import type { Site } from './site.js'
import type { Trace } from './trace.js'

/** What the likelihood is a product over, and why. */
export interface RowDependence {
  readonly rows: Model['rows']
  /** A sentence without its full stop. */
  readonly reason: string
}

/**
 * The likelihood is a product over rows if each of its terms is one of the rows, or of groups of rows that stay together, and nothing else depends on them
 * but through sums.
 */
export function rowDependence(trace: Trace): RowDependence {
  const [reason] = [...trace.jointReasons, ...termsOutsideOfRows(trace), ...mixedRows(trace)]
  if (reason !== undefined) return { rows: 'joint', reason }
  const [by] = trace.localIndexes
  if (by !== undefined) return { rows: { by }, reason: `groups of "${by}" have parameters of their own, so a group stays in one shard` }
  if (likelihoodSites(trace).length === 0) return { rows: 'joint', reason: 'the model has neither observed sites nor factors' }
  return { rows: 'independent', reason: 'each term of the likelihood is about one row, given the global parameters' }
}

const likelihoodSites = (trace: Trace): readonly Site[] =>
  trace.sites.filter(site => site.kind === 'observed' || (site.kind === 'factor' && site.part === 'likelihood'))

function termsOutsideOfRows(trace: Trace): readonly string[] {
  return likelihoodSites(trace)
    .filter(({ plates }) => plates.every(plate => plate.role === 'fixed'))
    .map(({ name, kind }) =>
      kind === 'factor'
        ? `the factor "${name}" is outside of the plate of rows, so each shard would count it (if it is about global parameters alone: { part: 'prior' })`
        : `the observed site "${name}" is outside of the plate of rows, so each shard would count it`,
    )
}

/** Graph nodes that put rows together, or groups of rows. */
function mixedRows(trace: Trace): readonly string[] {
  const split = (plate: Plate): boolean => plate.role !== 'fixed'
  for (const site of trace.sites) {
    for (const node of collect(rootsOf(site)).toReversed()) {
      if (node.op === 'constant' && node.acrossRows)
        return [
          `the site "${site.name}" puts rows of data together, and each shard would do so with its own rows alone (data.mean and its like are about all rows)`,
        ]
      // Columns that a scan runs over have become constants. Made-up data have a number of rows that nothing else has.
      if (node.op === 'scan' && node.length === trace.plates.rows.size && !trace.source.isReal)
        return [`the site "${site.name}" depends on a scan over the rows`]
      const lost = node.inputs.flatMap(input => input.shape.plates).find(plate => split(plate) && !node.shape.plates.includes(plate))
      // A row takes the entry of its group: groups are not lost, each row has one.
      if (lost !== undefined && !(node.op === 'gather' && lost.role === 'local'))
        return [`the site "${site.name}" depends on several elements of the plate "${lost.name}" at once`]
    }
  }
  return []
}

function rootsOf(site: Site): readonly Node[] {
  switch (site.kind) {
    case 'parameter':
      return [site.logPrior, site.logJacobian].filter(node => node !== undefined)
    case 'observed':
      return [site.logLikelihood]
    case 'factor':
      return [site.value.node]
    case 'deterministic':
      return []
  }
}
