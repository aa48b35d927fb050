import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Diagnosis } from '../../contracts/backend.js'
import type { ServerFacts } from '../../contracts/scheduler.js'
import type { BatchSettings } from '../batch-settings.js'
import type { Commander } from '../commander.js'
import { clientSettings } from '../client/client-job.js'
import type { ClientNeeds } from '../client/client-needs.js'
import { problem } from '../../machine/problem.js'
import { diagnoseNodes } from './node-sizes.js'
import { diagnoseQueues, OF_CLIENTS } from './queue-limits.js'
import { formatWalltime } from '../walltime-text.js'

/** What a batch backend finds on this host: its commands, the server and its limits, and the settings that could be wrong. Submits nothing. */
export async function diagnose(name: string, commander: Commander, settings: BatchSettings): Promise<readonly Diagnosis[]> {
  const { adapter } = commander
  const missing: string[] = []
  for (const command of adapter.commands) if (!(await isOnPath(command))) missing.push(command)
  const commands: Diagnosis =
    missing.length === 0
      ? { what: `${adapter.scheduler} commands`, level: 'ok', found: adapter.commands.join(', ') }
      : {
          what: `${adapter.scheduler} commands`,
          level: 'problem',
          found: `not on PATH: ${missing.join(', ')}`,
          change: `run where ${adapter.scheduler} jobs are submitted from, or add their folder to PATH`,
        }
  if (missing.length > 0) return [commands]
  try {
    const facts = await commander.facts()
    const queues = adapter.limits ? adapter.limits.read(await commander.ask(adapter.limits.command), facts) : []
    const nodes = adapter.nodes ? adapter.nodes.read(await commander.ask(adapter.nodes.command), facts) : []
    const queue = settings.queue ?? queues.find(({ isDefault }) => isDefault)?.name
    return [
      commands,
      ...serverLines(facts, settings),
      ...diagnoseQueues(queues, settings),
      ...diagnoseNodes(nodes, settings, queue),
      ...settingLines(name, settings),
    ]
  } catch (error) {
    return [commands, { change: 'try the command by hand', ...problem(`${adapter.scheduler} server`, error) }]
  }
}

/** Of the queue of jobs that drive or combine runs. Nothing of a server that does not answer: `diagnose` says so. */
export async function diagnoseClients(needs: ClientNeeds, commander: Commander, settings: BatchSettings): Promise<readonly Diagnosis[]> {
  const { adapter } = commander
  if (!adapter.limits || Object.keys(needs).length === 0) return []
  const facts = await commander.facts().catch(() => undefined)
  if (!facts) return []
  const queues = adapter.limits.read(await commander.ask(adapter.limits.command), facts)
  return diagnoseQueues(queues, clientSettings(settings, needs), OF_CLIENTS)
}

function serverLines({ scheduler, version, arrays, historySeconds, notes }: ServerFacts, { mode }: BatchSettings): readonly Diagnosis[] {
  const wantsArrays = mode === 'array' && arrays.most === 0
  return [
    { what: `${scheduler} server`, level: 'ok', found: [`version ${version}`, ...notes].join('; ') },
    {
      what: 'job arrays',
      level: wantsArrays ? 'problem' : 'ok',
      found:
        arrays.most === 0
          ? 'none are taken'
          : `up to ${arrays.most} elements${arrays.throttle ? ', with a limit of elements at a time' : ''}`,
      ...(wantsArrays ? { change: 'set backend.mode to auto, single or packed' } : {}),
    },
    {
      what: 'ends of jobs',
      level: historySeconds === 0 ? 'warning' : 'ok',
      found:
        historySeconds === undefined
          ? 'for how long the server keeps them is not known'
          : historySeconds === 0
            ? 'the server keeps none'
            : `the server keeps them for ${formatWalltime(historySeconds)}`,
      ...(historySeconds === 0
        ? { change: 'nothing has to change: results do not depend on it, but why a job failed will be told less well' }
        : {}),
    },
  ]
}

function settingLines(name: string, { walltime, node }: BatchSettings): readonly Diagnosis[] {
  return [
    walltime === undefined
      ? {
          what: 'walltime',
          level: 'warning',
          found: "not set: jobs get the site's default and cannot know when to checkpoint",
          change: `set backend.walltime, as in { name: ${name}, walltime: '02:00:00' }`,
        }
      : { what: 'walltime', level: 'ok', found: `${walltime} s a job` },
    { what: 'Node on the nodes', level: 'ok', found: `jobs run ${node}, which every node must have (setting backend.node)` },
  ]
}

async function isOnPath(command: string): Promise<boolean> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      await access(join(folder, command), constants.X_OK)
      return true
    } catch {
      continue
    }
  }
  return false
}
