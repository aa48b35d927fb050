import type { Adaptation } from '../adaptation/adaptation.js'
import { searchStepSize } from '../engine/step-size-search.js'
import { streamFor } from './chain-keys.js'
import { moveChain, type Chain } from './chain.js'

/**
 * Warms a chain up from iteration `from` on, until its adaptation is over. Leaves metric and step size in the trajectory, ready to sample.
 *
 * `listen` hears of every transition, with the number of iterations done. Resolves with that number.
 */
export async function warmUp(
  chain: Chain,
  adaptation: Adaptation,
  from: number,
  listen: (done: number) => Promise<void> | void,
): Promise<number> {
  const { trajectory, pacer, key } = chain
  trajectory.metric = adaptation.metric
  let iteration = from
  for (; !adaptation.isOver; iteration++) {
    pacer.iteration = iteration
    if (adaptation.needsStepSize) {
      const stream = streamFor(key, 'stepSize', iteration)
      adaptation.restartStepSize(await searchStepSize(trajectory, chain.current, adaptation.stepSize, stream, pacer))
    }
    trajectory.stepSize = adaptation.stepSize
    const pending = moveChain(chain, iteration)
    if (pending) await pending
    adaptation.learn(iteration, chain.transition, chain.current)
    trajectory.metric = adaptation.metric
    const heard = listen(iteration + 1)
    if (heard) await heard
  }
  trajectory.stepSize = adaptation.finalStepSize
  return iteration
}
