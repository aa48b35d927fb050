import type { GateSummary } from './gate-schema.js'

/** Where and what: `3 of 8 shards, worst shard 4: R-hat 1.300 of beta[1] (limit: at most 1.010)`. */
export function whatFailed({ shards, shard, finding }: GateSummary): string {
  const where = !shards
    ? ''
    : shards.failed <= 1
      ? `shard ${shard}: `
      : `${shards.failed} of ${shards.judged} shards, worst shard ${shard}: `
  return `${where}${finding}`
}

/** What failed the run, a line a gate. */
export const failuresOf = (gates: readonly GateSummary[]): readonly string[] =>
  gates.filter(({ passed, level }) => !passed && level === 'fail').map(gate => `${whatFailed(gate)}: ${gate.meaning}`)
