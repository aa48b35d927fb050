import { createStream, foldIn, type Key, type RandomStream } from '@chorale/random'

/** What a chain draws randomness for. The numbers are part of what makes draws reproducible: never renumber. */
const PURPOSES = { start: 0, stepSize: 1, transition: 2, conditionalStart: 3, path: 4, approximation: 5, resampling: 6 } as const

export type Purpose = keyof typeof PURPOSES

/** The key of one purpose at one iteration (or try): nothing else enters, so that a chain can go on from any iteration. */
export const keyFor = (chainKey: Key, purpose: Purpose, iteration: number): Key => foldIn(foldIn(chainKey, PURPOSES[purpose]), iteration)

export const streamFor = (chainKey: Key, purpose: Purpose, iteration: number): RandomStream =>
  createStream(keyFor(chainKey, purpose, iteration))
