import { writeSync } from 'node:fs'

import type { PlanFacts } from '@chorale/core'

import { askWhatToDo } from './ask-interrupt.js'
import { endAtOnce, exitCodeOfSignal, listenForInterrupts, showCursor, type Interrupts } from './interrupts.js'
import { nameOfRun } from './name-of-run.js'

/** What Ctrl-C does to tasks that outlive this process: asks on a terminal, leaves them alone without a question, or stops them like others. */
export type DetachingMode = 'ask' | 'detach' | 'stop'

export interface PolicyRequest {
  readonly mode: DetachingMode
  /** What runs; undefined while it is being planned. */
  readonly plan: () => Pick<PlanFacts, 'detachable' | 'path'> | undefined
  readonly note: (line: string) => void
}

/** How long a question waits for its answer. */
const ANSWER_SECONDS = 15

/** Signals as the backend of the run bears them: tasks that end with this process are stopped with a checkpoint, others are left alone unless somebody says otherwise. */
export function policedInterrupts({ mode, plan, note }: PolicyRequest): Interrupts {
  const detachable = () => (mode === 'stop' || !plan()?.detachable ? undefined : plan())
  const interrupts = listenForInterrupts(
    signal => {
      if (!detachable()) {
        note(`${signal}: stopping; finished chains are kept (once more: at once)`)
        return 'stop'
      }
      if (mode === 'ask' && signal === 'SIGINT' && process.stdin.isTTY && process.stderr.isTTY) {
        return askWhatToDo({ terminal: process.stdin, seconds: ANSWER_SECONDS, note, onSecond: () => interrupts.second() })
      }
      note(`${signal}: detaching; the tasks go on (once more: at once)`)
      return 'detach'
    },
    signal => {
      const run = detachable()
      if (!run) return endAtOnce()
      showCursor()
      writeSync(process.stderr.fd, `\nThe tasks go on. This ends them:\n  chorale cancel ${nameOfRun(run.path)}\n`)
      process.exit(exitCodeOfSignal(signal))
    },
  )
  return interrupts
}
