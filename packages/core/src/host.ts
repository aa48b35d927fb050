import { batchBackend } from './batch/batch-backend.js'
import { systemClock, type Clock } from './clock.js'
import type { Host, Log } from './contracts/index.js'
import { systemExec, type Exec } from './exec.js'
import { liveBackend } from './lifecycle/index.js'

/** What a backend gets from `core`, with this log; clock and commands are the system's unless others are given. */
export const hostOf = (log: Log, clock: Clock = systemClock, exec: Exec = systemExec): Host => ({
  log,
  liveBackend: (name, capabilities, transport) => liveBackend(name, capabilities, transport, clock),
  batchBackend: (name, capabilities, adapter, options) => batchBackend(name, capabilities, adapter, options, { clock, exec }),
})
