import type { Adaptation } from '../adaptation/adaptation.js'
import { searchStepSize } from '../engine/step-size-search.js'
import { streamFor } from './chain-keys.js'
import { moveChain, type Chain } from './chain.js'

/**
 * Warms a chain up from iteration `from` on, until its adaptation is over. Leaves metric and step size in the trajectory, ready to sample.
 *
 * `listen` hears of every transition, with the number of iterations done; `searched` when a search for a step size, between two transitions, is done.
 * Resolves with the number of iterations done. Errors: `TaskStoppedError`; `TaskError`
 * CHORALE_POSTERIOR_IMPROPER, CHORALE_STEP_SIZE_ZERO, CHORALE_MODEL_THREW.
 */
export async function warmUp(
  chain: Chain,
  adaptation: Adaptation,
  from: number,
  listen: (done: number) => Promise<void> | void,
  searched?: () => void,
): Promise<number> {
  const { trajectory } = chain
  trajectory.metric = adaptation.metric
  let iteration = from
  for (; !adaptation.isOver; iteration++) {
    chain.pacer.iteration = iteration
    if (adaptation.needsStepSize) await findStepSize(chain, adaptation, iteration, searched)
    trajectory.stepSize = adaptation.stepSize
    const pending = moveChain(chain, iteration)
    if (pending) await pending
    adaptation.learn(iteration, chain.transition, chain.current)
    trajectory.metric = adaptation.metric
    const heard = listen(iteration + 1)
    if (heard) await heard
  }
  chain.pacer.iteration = iteration
  if (adaptation.needsStepSize) await findStepSize(chain, adaptation, iteration, searched)
  trajectory.stepSize = adaptation.finalStepSize
  return iteration
}

async function findStepSize(chain: Chain, adaptation: Adaptation, iteration: number, searched?: () => void): Promise<void> {
  const { trajectory, current, key, pacer } = chain
  const stream = streamFor(key, 'stepSize', iteration)
  adaptation.restartStepSize(await searchStepSize(trajectory, current, adaptation.stepSize, stream, pacer))
  searched?.()
}
