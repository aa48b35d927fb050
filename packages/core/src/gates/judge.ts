import type { Gate, GateCode, GateSettings, ShardGate } from './gate.js'
import { SHARD_GATES } from './gates.js'
import type { ShardHealth } from './shard-health.js'

/** What one gate measured in one place, and whether that passed. */
export interface GateResult {
  readonly code: GateCode
  readonly measured: number
  readonly limit: number
  readonly passed: boolean
  /** How far beyond the limit, to find the worst shard; negative within it, Infinity where nothing could be measured. */
  readonly severity: number
  /** Without the shard: one message may stand for several. */
  readonly finding: string
  readonly shard?: number
  readonly chain?: number
  readonly coordinate?: number
  readonly parameter?: string
}

/** What is measured for `judge`. */
export interface Measured {
  readonly value: number
  readonly limit: number
  /** Instead of the gate's name and value. */
  readonly words?: string | undefined
  readonly parameter?: string | undefined
  readonly shard?: number | undefined
  readonly chain?: number | undefined
  readonly coordinate?: number | undefined
  /** Instead of saying that the gate's name could not be computed. */
  readonly unmeasured?: string
  /** Of a gate that asks for more than its limit. Default: by the limit. */
  readonly passed?: boolean
}

/** A value against a limit. Every comparison is written so that NaN fails it. */
export function judge({ code, name, bound, format }: Gate, measured: Measured): GateResult {
  const { value, limit, words, parameter, shard, chain, coordinate } = measured
  const beyond = bound === 'at most' ? value - limit : limit - value
  const place = parameter === undefined ? (chain === undefined ? '' : ` of chain ${chain}`) : ` of ${parameter}`
  const finding = Number.isNaN(value)
    ? (measured.unmeasured ?? `${name}${place} could not be computed (NaN), which never passes`)
    : `${words ?? `${name} ${format(value)}${place}`} (limit: ${bound} ${format(limit)})`
  return {
    code,
    measured: value,
    limit,
    passed: measured.passed ?? beyond <= 0,
    severity: Number.isNaN(value) ? Infinity : beyond,
    finding,
    ...(shard === undefined ? {} : { shard }),
    ...(chain === undefined ? {} : { chain }),
    ...(coordinate === undefined ? {} : { coordinate }),
    ...(parameter === undefined ? {} : { parameter }),
  }
}

/** The gates of one shard; what the sampler does not record is not judged. `nameOf`: a coordinate, or the dimension itself for the log density. */
export const judgeShard = (health: ShardHealth, settings: GateSettings, nameOf: (coordinate: number) => string): readonly GateResult[] =>
  SHARD_GATES.filter(({ column }) => column === undefined || health.recorded.has(column)).map(gate =>
    judgeOne(gate, health, settings, nameOf),
  )

function judgeOne(gate: ShardGate, health: ShardHealth, settings: GateSettings, nameOf: (coordinate: number) => string): GateResult {
  const { value, words, coordinate, chain } = gate.measure(health)
  const parameter = coordinate === undefined ? undefined : nameOf(coordinate)
  return judge(gate, { value, limit: gate.limit(settings), words, shard: health.shard, chain, coordinate, parameter })
}

/** The worst result of each gate, in the order of the first. */
export function worstOfEach(results: readonly GateResult[]): readonly GateResult[] {
  const worst = new Map<GateCode, GateResult>()
  for (const result of results) {
    const before = worst.get(result.code)
    if (!before || result.severity > before.severity) worst.set(result.code, result)
  }
  return [...worst.values()]
}

/** Whether chains that fail it make their draws doubtful, rather than few or costly. */
export const spoilsDraws = ({ code }: GateResult): boolean => SHARD_GATES.some(gate => gate.code === code && gate.spoilsDraws)
