import type { Clock } from './clock.js'

/** The parts of a run whose time is told. */
export type RunPart = 'data' | 'planning' | 'sampling' | 'combination' | 'verification'

/** Seconds of each part in this process, null for a part that was not gone through, and of all together. */
export type Timings = Readonly<Record<RunPart, number | null> & { total: number }>

/** Tells how long each part of a run took, for display only: nothing is decided by it. */
export interface Stopwatch {
  /** One part ends and another begins; without a name the time counts towards the total alone. */
  enter(part?: RunPart): void
  /** So far. */
  timings(): Timings
}

const seconds = (milliseconds: number): number => Math.round(milliseconds) / 1000

export function startStopwatch(clock: Pick<Clock, 'monotonic'>): Stopwatch {
  const began = clock.monotonic()
  const spent = new Map<RunPart, number>()
  let current: { readonly part: RunPart | undefined; readonly since: number } = { part: undefined, since: began }
  const enter = (part?: RunPart): void => {
    const now = clock.monotonic()
    if (current.part !== undefined) spent.set(current.part, (spent.get(current.part) ?? 0) + now - current.since)
    current = { part, since: now }
  }
  const of = (part: RunPart): number | null => {
    const time = spent.get(part)
    return time === undefined ? null : seconds(time)
  }
  return {
    enter,
    timings() {
      enter(current.part)
      return {
        data: of('data'),
        planning: of('planning'),
        sampling: of('sampling'),
        combination: of('combination'),
        verification: of('verification'),
        total: seconds(clock.monotonic() - began),
      }
    },
  }
}
