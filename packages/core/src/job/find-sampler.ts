import { ChoraleError } from '../contracts/error.js'
import type { SamplerDefinition } from '../contracts/sampler.js'

/**
 * The sampler of that name or alias in what a plugin module exports by default.
 * @throws ChoraleError `CHORALE_SAMPLER_NOT_FOUND`
 */
export function findSampler(pluginModule: { readonly default?: unknown }, name: string): SamplerDefinition {
  const { samplers = [] } = (pluginModule.default ?? {}) as { readonly samplers?: readonly SamplerDefinition[] }
  const found = samplers.find(sampler => sampler.name === name) ?? samplers.find(sampler => sampler.aliases?.includes(name))
  if (found) return found
  throw new ChoraleError('CHORALE_SAMPLER_NOT_FOUND', `The sampler plugin has no sampler "${name}".`, {
    askedBy: 'sampling.name',
    available: samplers.map(sampler => sampler.name),
    fix: 'set sampling.name to one of these',
  })
}
