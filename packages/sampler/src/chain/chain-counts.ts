import type { ChainPhase } from '@chorale/core/contracts'
import type { ModelTarget } from '../engine/target.js'

type Phase = 'warmup' | 'sampling'

/** What both phases of a chain have counted. */
export type SavedCounts = Readonly<Record<Phase, ChainPhase>>

/** What a chain did, counted at the end of each iteration: an iteration that was interrupted is not in it, so that it does not count twice. */
export interface ChainCounts {
  /** Iterations done, warm-up included. */
  readonly iterations: number
  iterationsOf(phase: Phase): number
  /** Divergences of sampling. */
  readonly divergences: number
  /** A part of an iteration is done that will not be done again. */
  keep(phase: Phase): void
  /** An iteration is done. */
  end(phase: Phase, iteration: { readonly diverging: boolean }): void
  save(): SavedCounts
}

const NOTHING: ChainPhase = { iterations: 0, gradients: 0, divergences: 0, seconds: 0 }

/** Counts on from what a checkpoint `saved`, else from the gradients that the start has taken. */
export function createChainCounts(target: ModelTarget, saved?: SavedCounts): ChainCounts {
  const { warmup, sampling } = saved ?? { warmup: { ...NOTHING, gradients: target.gradients }, sampling: NOTHING }
  const phases = { warmup: { ...warmup }, sampling: { ...sampling } }
  target.gradients = warmup.gradients + sampling.gradients
  let current: Phase = phases.sampling.iterations > 0 ? 'sampling' : 'warmup'
  let since = performance.now()

  /** Adds the time since the last look to the phase that it was spent in. */
  const passTime = (): void => {
    const now = performance.now()
    phases[current].seconds += (now - since) / 1000
    since = now
  }

  const keep = (phase: Phase): void => {
    if (phase !== current) passTime()
    current = phase
    phases[phase].gradients = phase === 'warmup' ? target.gradients : target.gradients - phases.warmup.gradients
  }

  return {
    get iterations() {
      return phases.warmup.iterations + phases.sampling.iterations
    },
    iterationsOf: phase => phases[phase].iterations,
    get divergences() {
      return phases.sampling.divergences
    },
    keep,
    end(phase, { diverging }) {
      keep(phase)
      const counted = phases[phase]
      counted.iterations++
      if (diverging) counted.divergences++
    },
    save() {
      passTime()
      return { warmup: { ...phases.warmup }, sampling: { ...phases.sampling } }
    },
  }
}
