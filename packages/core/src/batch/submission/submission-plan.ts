import type { ServerFacts } from '../../contracts/scheduler.js'
import type { BatchSettings } from '../batch-settings.js'

/** A task that is to be submitted, and what its job needs. */
export interface PlannedTask {
  readonly id: string
  /** Seconds; null: the site's default. */
  readonly walltime: number | null
  /** Bytes; null: the site's default. */
  readonly memory: number | null
}

/** One submission: a single job, or an array. */
export interface PlannedSubmission {
  readonly elements: readonly (readonly string[])[]
  readonly array: boolean
  readonly walltime: number | null
  readonly memory: number | null
  /** Elements of the array at a time; undefined: no limit, or the scheduler takes none. */
  readonly atOnce: number | undefined
}

/** The most elements of an array that anybody should have to look at; sites that allow more are rare. */
const LARGEST_ARRAY = 10_000

/**
 * Cuts tasks into submissions: those with equal needs together, packed where asked for, as arrays where the server takes them and no longer than it takes them.
 * What is left over as an array that the server would not take, as OpenPBS an array of one, is submitted as single jobs. The order of the tasks is kept.
 */
export function planSubmissions(
  tasks: readonly PlannedTask[],
  settings: Pick<BatchSettings, 'mode' | 'tasksPerJob' | 'maxParallelJobs' | 'maxArraySize'>,
  { arrays }: Pick<ServerFacts, 'arrays'>,
): readonly PlannedSubmission[] {
  const groups = new Map<string, PlannedTask[]>()
  for (const task of tasks) {
    const key = `${task.walltime} ${task.memory}`
    groups.set(key, [...(groups.get(key) ?? []), task])
  }
  const perJob = settings.mode === 'packed' ? settings.tasksPerJob : 1
  const most = settings.mode === 'single' ? 0 : Math.min(arrays.most, settings.maxArraySize ?? LARGEST_ARRAY)
  const atOnce = arrays.throttle ? settings.maxParallelJobs : undefined
  return [...groups.values()].flatMap(group => {
    const { walltime, memory } = group[0]!
    const elements = chunks(
      group.map(({ id }) => id),
      perJob,
    )
    const needs = { walltime, memory }
    const single = (element: readonly string[]): PlannedSubmission => ({ elements: [element], array: false, ...needs, atOnce: undefined })
    // An array of one is no gain where it is legal.
    if (most < Math.max(2, arrays.least)) return elements.map(single)
    return chunks(elements, most).flatMap(part =>
      part.length < Math.max(2, arrays.least) ? part.map(single) : [{ elements: part, array: true, ...needs, atOnce }],
    )
  })
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}
