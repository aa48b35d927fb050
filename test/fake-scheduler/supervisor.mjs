/**
 * The supervisor of one job, array or not: starts its elements, enforces limits, answers requests, writes the record. `supervisor.mjs <state> <seq>`.
 * Ends when everything of its job has ended, or when the test or the state directory is gone.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { dependencyState } from './dependencies.mjs'
import { markEnd, markNeverRan } from './ends.mjs'
import { Execution } from './execution.mjs'
import { membersOf, signalSession } from './processes.mjs'
import { answerRequest } from './requests.mjs'
import { claimSlots, openState, readJson, releaseSlots } from './state.mjs'
import { dayAndMinute } from './times.mjs'

const TICK_MS = 30
const state = openState(process.argv[2])
const folder = state.folderOf(Number(process.argv[3]))
const job = readJson(join(folder, 'record.json'))
/** Executions, slots and undelivered streams of elements, by their position. */
const running = new Map()
const survivors = new Set()
let written = ''
/** For which an output that cannot be delivered is tried again. */
const RETRY_SECONDS = 20

process.on('SIGTERM', () => end())

function end() {
  for (const { execution, slots } of running.values()) {
    execution?.drop()
    releaseSlots(slots)
  }
  survivors.forEach(session => signalSession(session, 'SIGKILL'))
  process.exit(0)
}

function save() {
  const text = JSON.stringify(job)
  if (text === written) return
  try {
    state.write(job)
    written = text
  } catch {
    // The state directory is being removed.
  }
}

function takeRequests() {
  const requests = join(folder, 'requests')
  if (!existsSync(requests)) return []
  const names = readdirSync(requests).filter(name => name.endsWith('.json'))
  return names.sort().map(name => ({ path: join(requests, name), request: readJson(join(requests, name)) }))
}

function step(position, element, switches) {
  const here = running.get(position)
  if (switches.node === 'down') {
    if (element.state === 'R') element.comment = 'node down: communication closed'
    if (element.state === 'Q') element.comment = 'Not Running: Not enough free nodes available'
    if (here) here.wasDown = true
    return
  }
  if (here?.wasDown && here.execution && !here.ended) return requeue(position, switches)
  if (element.state === 'H') wait(element)
  else if (element.state === 'Q') start(position, element, switches)
  else if (element.state === 'R') watch(here, element, switches)
  else if (element.state === 'E') deliver(position, here, element, switches)
}

/** Held by the user, by a dependency, or in TORQUE by the limit of elements that run at a time. */
function wait(element) {
  if (job.hold !== '') return
  const { verdict, on } = job.depend.length > 0 ? dependencyState(state, job, element) : { verdict: 'ready' }
  if (verdict === 'ready') Object.assign(element, { state: 'Q', substate: 10, queuedAt: Date.now() })
  else if (verdict === 'never' && job.dialect !== 'slurm') markNeverRan(job, element, { cause: 'dependency', by: on })
  else if (verdict === 'never') element.comment = 'DependencyNeverSatisfied'
}

function start(position, element, switches) {
  if (Date.now() - element.queuedAt < state.ms(switches.startDelay)) return
  const { ncpus, memory = 0 } = job.amount
  const total = switches.nodeCpus
  if (ncpus > total) {
    element.comment = `Can Never Run: Insufficient amount of resource: ncpus (R: ${ncpus} A: ${total} T: ${total})`
    return
  }
  if (memory > switches.nodeMemoryMb * 1024 * 1024) {
    const [asked, there] = [memory / 1024, switches.nodeMemoryMb * 1024]
    element.comment = `Can Never Run: Insufficient amount of resource: mem (R: ${Math.ceil(asked)}kb A: ${there}kb T: ${there}kb)`
    return
  }
  if (job.array?.limit && running.size >= job.array.limit) return
  if (switches.queues[job.queue]?.started === false) return
  const slots = claimSlots(state, switches, ncpus)
  if (!slots) {
    element.comment = `Not Running: Insufficient amount of resource: ncpus (R: ${ncpus} A: 0 T: ${total})`
    return
  }
  const now = Date.now()
  Object.assign(element, { state: 'R', substate: 42, runCount: element.runCount + 1, stime: now, host: state.server.host })
  element.comment = `Job run at ${dayAndMinute(now)} on (${state.server.host}:ncpus=${ncpus}${memory ? `:mem=${Math.ceil(memory / 1024)}kb` : ''})`
  const execution = new Execution(state, job, element)
  element.session = execution.session
  running.set(position, { execution, slots })
}

function watch(here, element, switches) {
  here.execution.step(switches)
  const { execution } = here
  const { memory, cpuSeconds } = execution.used
  element.used = { memory: Math.max(element.used?.memory ?? 0, memory), cpuSeconds, wall: 0 }
  if (!execution.end) return
  if (!here.released && isStuck(switches, element)) return
  const now = Date.now()
  element.used.wall = state.secondsSince(element.stime)
  Object.assign(element, { state: 'E', substate: 51, endedAt: now })
  if (switches.survivors && execution.session !== undefined && membersOf(execution.session).length > 0) survivors.add(execution.session)
}

const isStuck = ({ stuckRunning }, { index }) =>
  index !== undefined && (stuckRunning === true || (Array.isArray(stuckRunning) && stuckRunning.includes(index)))

/** An element ends once its output is where it was asked for, or will never be. */
function deliver(position, here, element, switches) {
  const { execution, slots } = here
  if (Date.now() - element.endedAt < state.ms(switches.outputDelay)) return
  if (!execution.streams.deliver()) {
    if (Date.now() - element.endedAt < state.ms(RETRY_SECONDS)) return
    execution.streams.abandon()
  }
  markEnd(job, element, execution.end)
  releaseSlots(slots)
  running.delete(position)
}

/** Runs once more under the same id. */
function requeue(position, switches) {
  const element = job.elements[position]
  const here = running.get(position)
  if (here) {
    here.execution.drop(switches)
    if (switches.survivors && here.execution.session !== undefined) survivors.add(here.execution.session)
    releaseSlots(here.slots)
    running.delete(position)
  }
  const { index, number, runCount } = element
  job.elements[position] = {
    ...(index === undefined ? {} : { index }),
    ...(number === undefined ? {} : { number }),
    state: 'Q',
    substate: 10,
    runCount,
    queuedAt: Date.now(),
  }
}

job.supervisor = process.pid
while (state.isWanted() && existsSync(folder)) {
  const switches = state.switches()
  const requests = takeRequests()
  for (const { request } of requests) answerRequest({ job, running, switches, state, requeue }, request)
  for (const [position, element] of job.elements.entries()) step(position, element, switches)
  save()
  requests.forEach(({ path }) => rmSync(path, { force: true }))
  for (const session of survivors) if (membersOf(session).length === 0) survivors.delete(session)
  if (survivors.size === 0 && job.elements.every(element => element.state === 'F')) process.exit(0)
  await sleep(TICK_MS)
}
end()
