import type { Heterogeneity } from '@chorale/diagnostics'

import type { CompletedShard } from '../execution/completed-shard.js'
import { contradictory, MAX_I2 } from './contradiction.js'
import type { GateSettings } from './gate.js'
import type { RunGate } from './gate-summary.js'
import { RUN_GATES } from './gates.js'
import { judge, worstOfEach } from './judge.js'

/** What the gates of single shards found, the worst of each. */
export function gatesOfShards(shards: readonly CompletedShard[]): readonly RunGate[] {
  const results = shards.flatMap(({ gates }) => gates)
  return worstOfEach(results).map(result => {
    const alike = results.filter(({ code }) => code === result.code)
    return { result, shards: { failed: alike.filter(({ passed }) => !passed).length, judged: alike.length } }
  })
}

/** Of a run that has a result: with fewer shards there is none. */
export const successGate = (succeeded: number, planned: number, limit: number): RunGate => ({
  result: judge(RUN_GATES.successRate, {
    value: succeeded / planned,
    limit,
    words: `${succeeded} of ${planned} shards succeeded`,
  }),
})

/** `ids`: of the shards that were compared, in their order. Names the shard that adds most to Q. */
export function heterogeneityGate(found: Heterogeneity, ids: readonly number[]): RunGate {
  const { q, df, pValue, i2, unusable, contributions } = found
  const few = unusable.map(index => ids[index]).join(', ') || '(all)'
  const largest = contributions.indexOf(Math.max(...contributions))
  return {
    result: judge(RUN_GATES.heterogeneity, {
      value: i2,
      limit: MAX_I2,
      passed: !contradictory(found),
      shard: unusable.length > 0 ? ids[unusable[0]!] : ids[largest],
      words: `Q ${q.toFixed(0)} on ${df}, p ${pValue < 0.001 ? pValue.toExponential(0) : pValue.toFixed(3)}, I2 ${i2.toFixed(2)}`,
      unmeasured: `whether the shards disagree cannot be told: too few effective draws of shard ${few}`,
    }),
  }
}

/** What is known of an importance check. `shift`: of each mean, where it is an error and not a correction that the draws have had. */
export interface CheckOutcome {
  readonly paretoK: number
  readonly kThreshold: number
  readonly shift?: readonly number[]
}

/** The shift is judged where k-hat says that it can be believed. */
export function verificationGates(
  { paretoK, kThreshold, shift }: CheckOutcome,
  { maxShift }: GateSettings,
  nameOf: (coordinate: number) => string,
): readonly RunGate[] {
  const believed = paretoK < kThreshold
  const result = judge(RUN_GATES.paretoK, {
    value: paretoK,
    limit: kThreshold,
    passed: believed,
    ...(paretoK === -Infinity ? { words: 'all importance weights are equal' } : {}),
  })
  if (!believed || !shift) return [{ result }]
  const sizes = shift.map(Math.abs)
  const missing = sizes.findIndex(Number.isNaN)
  const coordinate = missing >= 0 ? missing : sizes.indexOf(Math.max(...sizes))
  const parameter = nameOf(coordinate)
  const value = sizes[coordinate]!
  const words = `the importance check moves the mean of ${parameter} by ${value.toFixed(2)} posterior sd`
  return [{ result }, { result: judge(RUN_GATES.shift, { value, limit: maxShift, coordinate, parameter, words }) }]
}
