/**
 * What goes wrong in a model, and takes more than its task with it or never ends. `exits`: it calls `process.exit`. `killed`: its process is killed from outside.
 * `hangs`: an evaluation never returns.
 */
export type FaultKind = 'exits' | 'killed' | 'hangs'

/** A fault that a harness plants into the model of one shard's tasks. */
export interface Fault {
  readonly kind: FaultKind
  /** JavaScript that causes it, to be run in every evaluation of the density from the 100th on, so in the middle of a chain. */
  readonly code: string
  readonly shard: number
  /** So many attempts of each task are hit, the first ones; those after them are sound. */
  readonly attempts: number
}

/** Longer than any sampler takes to its first sign of life. */
const HANG_AFTER_MS = 1000

const CODE: Readonly<Record<FaultKind, string>> = {
  exits: 'process.exit(3)',
  killed: "process.kill(process.pid, 'SIGKILL')",
  hangs: `globalThis.hangSince ??= performance.now() + ${HANG_AFTER_MS}; while (performance.now() > globalThis.hangSince);`,
}

export const faultOf = (kind: FaultKind, shard: number, attempts = Infinity): Fault => ({ kind, code: CODE[kind], shard, attempts })
