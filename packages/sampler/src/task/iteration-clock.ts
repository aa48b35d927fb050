/** Iterations between two looks at most. */
const MOST_ITERATIONS = 256
/** Milliseconds between two looks at least, as far as the number of iterations allows. */
const LOOK_EVERY_MS = 5

/** A clock that is read rarely where iterations are fast, and after each where they are slow. No draw depends on it. */
export interface IterationClock {
  /** To be called after each iteration: the time in milliseconds at this look, undefined without one. */
  look(): number | undefined
}

/** `looks`: at each iteration, or as rarely as will do. */
export function createIterationClock(looks: 'always' | 'rarely'): IterationClock {
  const mostIterations = looks === 'always' ? 1 : MOST_ITERATIONS
  let last = performance.now()
  let stride = 1
  let left = 1
  return {
    look() {
      if (--left > 0) return undefined
      const now = performance.now()
      stride = now - last < LOOK_EVERY_MS ? Math.min(2 * stride, mostIterations) : 1
      left = stride
      last = now
      return now
    },
  }
}
