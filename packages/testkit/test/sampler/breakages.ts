import { STATS_FILE, type SamplerDefinition } from '@chorale/core/contracts'
import { metropolis, type SamplerFlaws } from './metropolis.js'

/** A sampler that breaks one clause. */
export interface Breakage {
  readonly clause: string
  readonly sampler: SamplerDefinition
}

const broken = (clause: string, flaws: SamplerFlaws): Breakage => ({ clause, sampler: metropolis(flaws) })

let asked = 0

/** One broken sampler a clause, in the order of the contract. */
export const breakages: readonly Breakage[] = [
  broken('has a name that settings can use', { definition: { aliases: ['metropolis'] } }),
  broken('says in a line what it is', { definition: { summary: 'one\ntwo' } }),
  broken('has an options schema that can be used before anything is loaded', { definition: { options: { type: 'string' } as never } }),
  broken('declares the columns of its statistics', { definition: { extraFields: ['Accepted'] } }),
  broken('runs a chain', { resultOf: 'sample-9999-9' }),
  broken('names its files, with their size and digest', {
    record: file => (file.path === STATS_FILE ? { ...file, bytes: file.bytes + 1 } : file),
  }),
  broken('writes a row a draw, in the declared columns', { drawColumns: columns => columns.map(name => name.toUpperCase()) }),
  broken('keeps every thin-th draw', { keepsAll: true }),
  broken('writes the iterations of warm-up when it is asked to', { forgetsWarmup: true }),
  broken('writes the gradient at each draw', { gradient: g => -g }),
  broken('tells in chain.json what the chain did, where it writes one', { reportedIterations: 7 }),
  broken('gives the same bytes for the same key, and others for another', { key: () => [3, 14] }),
  broken('leaves the task as it is', { changesTask: true }),
  broken('binds the model as the backend says', { bindsItself: true }),
  broken('names its task and attempt in what it reports', { reportsAs: 'sample-9999-9' }),
  broken('plans settings that tasks can hold', { definition: { planSettings: request => ({ ...request, warmup: NaN }) } }),
  broken('asks for other settings from what it is shown, and from nothing else', {
    definition: { restartSettings: settings => ({ settings, reason: `asked ${asked++} times` }) },
  }),
  broken('stops when shouldStop() says so', { stopError: () => new Error('interrupted') }),
  broken('looks at shouldStop() every few evaluations', { pollEvery: 5 }),
  broken('returns to the event loop while it samples', { neverYields: true }),
  broken('gives the same draws after a stop in the middle', { losesItsWay: 'whole' }),
  broken('leaves earlier attempts as they are', { writesIntoEarlier: true }),
  broken('goes on from no checkpoint that is torn', { losesItsWay: 'torn' }),
  broken('samples a standard normal', { temperature: (dimension, { prior }) => (dimension === 3 && prior === 1 ? 2 : 1) }),
  broken("scales the target with the task's powers", { powers: powers => ({ ...powers, prior: 1 }), gradient: g => g / 4 }),
  broken('finds a start when most points are outside the support, and stays inside', {
    firstDraw: (x, dimension) => (dimension === 2 ? -x : x),
  }),
  broken('samples a skewed density that ends', { temperature: dimension => (dimension === 2 ? 2 : 1) }),
  broken('says when there is no start', { startFailure: () => new Error('no luck') }),
  broken('passes on what a model throws', { swallowsThrows: true }),
]
