import { liveBackend, systemClock } from '@chorale/core'
import type { Host } from '@chorale/core/contracts'
import { inProcessHarness, type BackendHarness } from '../../src/index.js'
import { sabotaged } from '../../src/backend/sabotage.js'

export const host: Pick<Host, 'liveBackend'> = {
  liveBackend: (name, capabilities, transport) => liveBackend(name, capabilities, transport, systemClock),
}

export const here = inProcessHarness(host)

/** A harness that plants faults, for toys that declare an isolation: their processes are functions, which a fault ends as it would end a process. */
export const elsewhere: BackendHarness = {
  ...here,
  faults: ['exits', 'killed', 'hangs'],
  context: async request => {
    const run = await here.context(request)
    const { fault } = request
    if (!fault) return run
    return { ...run, context: { ...run.context, runTask: sabotaged((task, hooks) => run.context.runTask(task, hooks), fault) } }
  },
}
