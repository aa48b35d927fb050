import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

/** One line a call, written at its start, in one piece: a call that is killed is in the log, too. */
export const logCall = (root, command, argv) =>
  appendFileSync(
    join(root, 'calls.ndjson'),
    JSON.stringify({
      command,
      argv,
      pid: process.pid,
      time: Date.now(),
      environment: Object.keys(process.env).sort(),
      cwd: process.cwd(),
    }) + '\n',
  )
