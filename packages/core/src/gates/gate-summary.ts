import { whatFailed } from './failures.js'
import type { Gate, GateSettings } from './gate.js'
import type { GateSummary } from './gate-schema.js'
import { GATES } from './gates.js'
import type { GateResult } from './judge.js'

/** A gate of a run: its worst result, and in how many shards it was judged. */
export interface RunGate {
  readonly result: GateResult
  readonly shards?: { readonly failed: number; readonly judged: number }
}

/** What a gate says of a shard that nothing could be measured of. */
const UNKNOWN = 'nothing is known, and what is not known does not count as well'

const gateOf = (result: GateResult): Gate => GATES.find(({ code }) => code === result.code)!

/** `exact`: the verdict. Shards of a combination that is right may differ. */
function levelOf({ code, level }: Gate, settings: GateSettings, exact: boolean): GateSummary['level'] {
  if (code === 'SUCCESS_RATE') return 'fail'
  if (code === 'HETEROGENEITY') return settings.heterogeneity === 'fail' && exact ? 'warn' : settings.heterogeneity
  return (level && settings.levels[level]) ?? settings.level
}

/** As `summary.json` has it. `advice`: of a gate that did not pass. */
export function gateSummary(
  { result, shards }: RunGate,
  settings: GateSettings,
  { exact, advice }: { readonly exact: boolean; readonly advice: readonly string[] },
): GateSummary {
  const gate = gateOf(result)
  const { measured, limit, passed, shard, chain, parameter, finding } = result
  return {
    gate: gate.code,
    passed,
    level: levelOf(gate, settings, exact),
    measured: Number.isFinite(measured) ? measured : null,
    limit,
    bound: gate.bound,
    ...(shards ? { shards } : {}),
    ...(shard === undefined ? {} : { shard }),
    ...(chain === undefined ? {} : { chain }),
    ...(parameter === undefined ? {} : { parameter }),
    finding,
    meaning: Number.isNaN(measured) ? UNKNOWN : gate.meaning,
    advice: [...advice],
  }
}

/** Whether anybody is to be told: advice is only worked out for these. */
export const isSilent = (result: GateResult, settings: GateSettings): boolean =>
  result.passed || levelOf(gateOf(result), settings, false) === 'off'

const RANK = { fail: 0, warn: 1, off: 2 } as const

/** Those that did not pass first, of level `fail` before others; otherwise in the order of the gates. */
export const inOrder = (gates: readonly GateSummary[]): readonly GateSummary[] =>
  [...gates].sort((a, b) => Number(a.passed) - Number(b.passed) || (a.passed ? 0 : RANK[a.level] - RANK[b.level]))

/** One warning for each gate that did not pass, the two on ESS together: where, what it means, and the most specific advice. */
export function gateWarnings(gates: readonly GateSummary[]): readonly { readonly code: string; readonly message: string }[] {
  const failed = gates.filter(({ passed, level }) => !passed && level !== 'off')
  const codeOf = ({ gate }: GateSummary): string => GATES.find(({ code }) => code === gate)!.warning
  const codes = [...new Set(failed.map(codeOf))]
  return codes.map(code => {
    const [worst] = failed.filter(gate => codeOf(gate) === code).sort((a, b) => (a.measured ?? -Infinity) - (b.measured ?? -Infinity))
    const { meaning, advice } = worst!
    return { code, message: [`${whatFailed(worst!)}: ${meaning}`, ...advice.slice(0, 1)].join('; ') }
  })
}
