import type { SampleTask } from '@chorale/core/contracts'
import { moveChain } from '../chain/chain.js'
import { warmUp } from '../chain/warm-up.js'
import type { ChainCheckpoints } from './chain-checkpoints.js'
import type { ChainFiles } from './chain-files.js'
import type { ChainParts } from './chain-parts.js'
import { createIterationClock } from './iteration-clock.js'
import type { Progress } from './progress.js'

/** All iterations that are left to a chain, warm-up first. Rows go to `files` as they come, checkpoints to the disk when they are due. */
export async function runChain(
  { settings: { warmup, draws, thin } }: SampleTask,
  { chain, position, adaptation, counts }: ChainParts,
  { files, checkpoints, progress }: { readonly files: ChainFiles; readonly checkpoints: ChainCheckpoints; readonly progress: Progress },
): Promise<void> {
  const clock = createIterationClock(checkpoints.areEverywhere ? 'always' : 'rarely')

  /** An iteration is whole: a stop from here on leaves it done. */
  const end = (phase: 'warmup' | 'sampling'): void => {
    position.set(chain.current.position)
    counts.end(phase, chain.transition)
  }

  /** What is due between two iterations, now and then. */
  const pause = (done: number): Promise<void> | undefined => {
    const now = clock.look()
    if (now === undefined) return undefined
    progress.report(done, counts.divergences)
    return checkpoints.isDue(now) ? checkpoints.write() : undefined
  }

  const learnt = (done: number): Promise<void> | undefined => {
    end('warmup')
    const written = files.push('warmup', chain)
    return written ? written.then(() => pause(done)) : pause(done)
  }
  const searched = (): void => counts.keep('warmup')

  const warmedUp = await warmUp(chain, adaptation, counts.iterationsOf('warmup'), learnt, searched)
  for (let draw = counts.iterationsOf('sampling'); draw < draws; draw++) {
    chain.pacer.iteration = warmedUp + draw
    const moving = moveChain(chain, warmedUp + draw)
    if (moving) await moving
    end('sampling')
    const written = draw % thin === 0 ? files.push('sampling', chain) : undefined
    if (written) await written
    const paused = pause(warmup + draw + 1)
    if (paused) await paused
  }
}
