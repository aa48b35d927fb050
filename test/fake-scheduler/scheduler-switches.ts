/** What single calls of a command suffer. `faults.mjs` says what each kind does. */
export interface Fault {
  /** `qsub`, ..., or `*` for all. */
  readonly command: string
  readonly kind:
    | 'delay'
    | 'hang'
    | 'refused'
    | 'answer'
    | 'accept-then-hang'
    | 'accept-then-die'
    | 'accept-then-fail'
    | 'accept-then-garble'
    | 'banner'
    | 'truncate'
    | 'bash-function'
    | 'numeric-names'
    | 'drop'
    | 'only-first'
    | 'state'
    | 'without'
    | 'exit'
  /** Of the calls that are meant, the first `skip` go well, and `times` after them do not. Default 0 and all. */
  readonly skip?: number
  readonly times?: number
  /** Only calls with an argument that contains this. */
  readonly match?: string
  /** Real milliseconds of a `delay`. */
  readonly ms?: number
  readonly code?: number
  readonly stdout?: string
  readonly stderr?: string
  readonly text?: string
  /** Where a `truncate` cuts, as a part of the answer. Default 0.5. */
  readonly at?: number
  readonly ids?: readonly string[]
  readonly letter?: string
  readonly key?: string
}

/** Durations are in the scheduler's seconds. Defaults and meanings are in `switches.mjs`. */
export interface Switches {
  readonly faults?: readonly Fault[]
  readonly serverDown?: boolean
  readonly node?: 'up' | 'down'
  readonly nodeCpus?: number
  readonly nodeMemoryMb?: number
  readonly memoryScale?: number
  readonly enforceMemory?: boolean
  readonly queues?: Readonly<Record<string, { readonly maxWalltime?: number; readonly maxQueued?: number; readonly started?: boolean }>>
  readonly maxArraySize?: number
  readonly holdNew?: boolean
  readonly startDelay?: number
  readonly limitCheck?: number
  readonly killDelay?: number
  readonly history?: boolean
  readonly historySeconds?: number
  readonly stuckRunning?: boolean | readonly number[]
  readonly survivors?: boolean
  readonly outputDelay?: number
  readonly refuseRoot?: boolean
  readonly hook?: string | null
  readonly requireProject?: boolean
}
