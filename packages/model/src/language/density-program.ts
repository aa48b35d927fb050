import type { DensityProgram, DensityTerm } from '../compiler/program.js'
import { literalOf } from '../graph/build.js'
import { sizeOf } from '../graph/shape.js'
import type { ParameterSite } from './site.js'
import type { Trace } from './trace.js'

/** A parameter and its slice of the unconstrained position. */
export interface PlacedParameter {
  readonly site: ParameterSite
  readonly offset: number
  readonly size: number
}

/** Parameters in the order of the position: global ones first, so that a global parameter has the same coordinates in every shard. */
export function placeParameters(trace: Trace): readonly PlacedParameter[] {
  const sites = trace.sites.filter(site => site.kind === 'parameter')
  const ordered = [...sites.filter(({ scope }) => scope === 'global'), ...sites.filter(({ scope }) => scope === 'local')]
  let offset = 0
  return ordered.map(site => {
    const size = sizeOf(site.free.shape)
    offset += size
    return { site, offset: offset - size, size }
  })
}

/** The log density of a trace as a function of the unconstrained position. Terms are in the order of the sites. */
export function densityProgram(trace: Trace, parameters: readonly PlacedParameter[], isJoint: boolean): DensityProgram {
  return {
    dimension: parameters.reduce((total, { size }) => total + size, 0),
    inputs: parameters.map(({ site, offset }) => ({ node: site.free, offset })),
    terms: trace.sites.flatMap(termsOf).filter(({ node }) => literalOf(node) !== 0),
    rows: isJoint || !trace.sites.some(site => site.plates.includes(trace.plates.rows)) ? undefined : trace.plates.rows,
  }
}

function termsOf(site: Trace['sites'][number]): readonly DensityTerm[] {
  switch (site.kind) {
    case 'parameter': {
      const isLocal = site.scope === 'local'
      return [
        ...(site.logPrior === undefined ? [] : [{ site: site.name, part: isLocal ? 'likelihood' : 'prior', node: site.logPrior } as const]),
        ...(site.logJacobian === undefined
          ? []
          : [{ site: site.name, part: isLocal ? 'likelihood' : 'jacobian', node: site.logJacobian } as const]),
      ]
    }
    case 'observed': {
      const { distribution, observed, weight } = site
      return [{ site: site.name, part: 'likelihood', node: site.logLikelihood, observation: { distribution, observed, weight } }]
    }
    case 'factor':
      return [{ site: site.name, part: site.part, node: site.value.node }]
    case 'deterministic':
      return []
  }
}
