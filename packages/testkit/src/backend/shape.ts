import { DEFAULT_CAPABILITIES, isDetachable, isMCMCBackend, type BackendCapabilities } from '@chorale/core/contracts'
import { demand, type Check } from '../check.js'
import { definitionChecks, readOptions } from '../definition.js'
import type { BackendTrial } from './trial.js'
import { createBackend } from './observed-run.js'

const ISOLATIONS = ['none', 'thread', 'process']

function capabilityProblem(key: string, value: unknown): string | undefined {
  if (!(key in DEFAULT_CAPABILITIES)) return `${key} is not a capability; known are ${Object.keys(DEFAULT_CAPABILITIES).join(', ')}`
  const expected = DEFAULT_CAPABILITIES[key as keyof BackendCapabilities]
  if (typeof value !== typeof expected) return `${key} is a ${typeof value}; it must be a ${typeof expected}`
  if (key === 'maxParallelShards' && !(Number(value) >= 1)) return `maxParallelShards is ${String(value)}; it must be 1 or more`
  if (key === 'isolation' && !ISOLATIONS.includes(String(value)))
    return `isolation is "${String(value)}"; it must be one of ${ISOLATIONS.join(', ')}`
  return undefined
}

/** What can be known before any task is run. */
export const shapeChecks: readonly Check<BackendTrial>[] = [
  ...definitionChecks<BackendTrial>(({ definition }) => definition),
  {
    name: 'declares capabilities that exist',
    run: ({ definition: { capabilities } }) => {
      const problems = Object.entries(capabilities).map(([key, value]) => capabilityProblem(key, value))
      demand(
        problems.every(problem => problem === undefined),
        () => problems.filter(problem => problem !== undefined).join('; '),
      )
      demand(
        capabilities.sameProcess !== true || (capabilities.isolation ?? 'none') === 'none',
        'sameProcess and an isolation other than "none" exclude each other: a crash in this process takes down everything',
      )
    },
  },
  {
    name: 'is data until create is called',
    run: ({ definition }) => {
      let created = false
      const watched = Object.create(definition, { create: { value: () => (created = true) } }) as typeof definition
      for (const read of [watched.name, watched.aliases, watched.summary, watched.capabilities, watched.options, watched.auto?.rank])
        void read
      demand(!created, 'reading the definition calls create; name, summary, capabilities and options must be plain data')
    },
  },
  {
    name: 'creates a backend',
    prerequisite: true,
    run: async (trial, scope) => {
      const backend: unknown = await trial.definition.create(readOptions(trial.definition.options, trial.options), trial.harness.host())
      demand(isMCMCBackend(backend), 'create must return name, getCapabilities, validateResources, estimateMemory, run and cleanup')
      scope.defer(() => backend.cleanup())
    },
  },
  {
    name: 'creates a backend with the declared name and capabilities',
    run: async (trial, scope) => {
      const backend = await createBackend(trial, scope)
      demand(
        backend.name === trial.definition.name,
        () => `the backend is called "${backend.name}", its definition "${trial.definition.name}"`,
      )
      const actual = backend.getCapabilities()
      for (const [key, value] of Object.entries({ ...DEFAULT_CAPABILITIES, ...trial.definition.capabilities })) {
        const found = actual[key as keyof BackendCapabilities]
        demand(found === value, `getCapabilities().${key} is ${String(found)}, declared is ${String(value)}`)
      }
      demand(
        isDetachable(backend) === actual.detachable,
        actual.detachable
          ? 'detachable is declared, but submit, attach or cancel is missing'
          : 'submit, attach and cancel exist, but detachable is not declared',
      )
    },
  },
]
