import type { ModelDescription } from '@chorale/core/contracts'

import { describeSupport } from '../supports/support.js'
import type { CompiledBound } from './bound-model.js'
import type { Site } from './site.js'

/** What a bound model is made of. */
export function describeBound({ traced: { trace }, placed, dimension, compiled }: CompiledBound, rowsReason: string): ModelDescription {
  const sizes = new Map(placed.map(({ site, size }) => [site.name, size]))
  return {
    dimension,
    rowsReason,
    plates: [...new Set(trace.plates.named.values())].map(({ name, size, role }) => ({ name, size, role })),
    sites: trace.sites.map(site => ({
      name: site.name,
      kind: site.kind,
      plates: site.plates.map(plate => plate.name),
      shape: site.event,
      scope: site.plates.some(plate => plate.role !== 'fixed') ? 'local' : 'global',
      size: sizes.get(site.name) ?? 0,
      ...distributionWords(site),
    })),
    kernels: compiled().kernels,
  }
}

const distributionWords = (site: Site): { readonly distribution: string; readonly support: string } =>
  site.kind === 'parameter' || site.kind === 'observed'
    ? { distribution: site.distribution.name, support: describeSupport(site.support) }
    : { distribution: '', support: '' }
