import type { AutoFacts, BackendDefinition } from './contracts/index.js'

/** What `auto` may choose from. */
export interface BackendCandidate {
  readonly name: string
  /** The model and data may run there: a `joint` model may not be split by pjit, an inline model needs this process. */
  readonly takesModel: boolean
  readonly auto?: BackendDefinition['auto']
}

/** A choice and the reason for it, in words for the plan. */
export interface BackendChoice {
  readonly name: string
  readonly reason: string
}

/** From how many chains of how many shards it pays to start workers. */
const MIN_PARALLEL_UNITS = 3
const MIN_WORKERS = 2

/**
 * The rule of `backend: auto`, a pure function: `workers` if there are at least 3 parallel units (shards x chains) and 2 usable workers; else `pjit` if
 * there is more than one usable device; else `cpu`. A backend that is not installed or cannot take the model is passed over. A third-party backend that
 * offers itself is taken before these if its predicate holds and its rank is positive; the highest rank wins.
 */
export function selectBackend(facts: AutoFacts, candidates: readonly BackendCandidate[]): BackendChoice {
  const able = candidates.filter(candidate => candidate.takesModel)
  const has = (name: string): boolean => able.some(candidate => candidate.name === name)
  const offered = able
    .filter(({ auto }) => auto !== undefined && auto.rank > 0 && auto.when(facts))
    .sort((a, b) => b.auto!.rank - a.auto!.rank)[0]
  if (offered) return { name: offered.name, reason: `offers itself with rank ${offered.auto!.rank}` }
  const { parallelUnits, usableWorkers, usableDevices } = facts
  if (parallelUnits >= MIN_PARALLEL_UNITS && usableWorkers >= MIN_WORKERS && has('workers')) {
    return { name: 'workers', reason: `${parallelUnits} chains to run and ${usableWorkers} usable workers` }
  }
  if (usableDevices > 1 && has('pjit')) {
    return { name: 'pjit', reason: `${plural(parallelUnits, 'chain')} to run and ${usableDevices} usable devices` }
  }
  return { name: 'cpu', reason: reasonForCpu(facts, has) }
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

function reasonForCpu({ parallelUnits, usableWorkers, usableDevices }: AutoFacts, has: (name: string) => boolean): string {
  if (parallelUnits >= MIN_PARALLEL_UNITS && usableWorkers >= MIN_WORKERS && !has('workers'))
    return 'the backend "workers" is not installed or cannot take the model'
  if (usableDevices > 1 && !has('pjit')) return 'the backend "pjit" is not installed or cannot take the model'
  return `${plural(parallelUnits, 'chain')} to run and ${plural(usableWorkers, 'usable worker')}`
}

/**
 * What a name in the settings means before it is looked up: `slurm` without its package falls back to `workers` inside an allocation only.
 * On a login node that would put the work where it must not run.
 */
export function resolveSlurm(
  slurmInstalled: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly name: string; readonly warning?: string } {
  const allocation = environment['SLURM_JOB_ID']
  if (slurmInstalled || !allocation) return { name: 'slurm' }
  return {
    name: 'workers',
    warning: `@chorale/backend-slurm is not installed; running inside Slurm allocation ${allocation}, so the backend "workers" is used instead`,
  }
}
