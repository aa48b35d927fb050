import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach } from 'vitest'

import { project, SETTINGS, type Files } from './project.js'

/**
 * A backend whose tasks are processes that outlive the client: a scheduler without a queue, in one file without imports. The file is also what such a process
 * executes. A submission is written down before its process is started, and its process id after it; a client that died in between finds it by its nonce.
 */
export const PROCESSES_BACKEND = `
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const json = path => JSON.parse(readFileSync(path, 'utf8'))
const names = folder => (existsSync(folder) ? readdirSync(folder) : [])
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const ME = fileURLToPath(import.meta.url)
const HOLD = join(dirname(ME), 'hold')

// What a task's process does: the job of any backend, until somebody ends it. While there is a file "hold" beside this one, it stands still at its next step.
if (process.argv[2] === 'run-task') {
  const [, , , run, id, , stubborn] = process.argv
  const task = json(join(run, 'tasks', id, 'task.json'))
  const listens = stubborn !== 'stubborn'
  const cell = new Int32Array(new SharedArrayBuffer(4))
  let stop = false
  process.on('SIGTERM', () => (stop = true))
  const isAsked = () => stop || existsSync(join(run, 'cancel.json')) || existsSync(join(run, 'cancelled', id + '.json'))
  const shouldStop = () => {
    while (existsSync(HOLD) && !(listens && isAsked())) Atomics.wait(cell, 0, 0, 20)
    return listens && isAsked()
  }
  const { runTask } = await import(pathToFileURL(join(run, task.model.path)).href)
  await runTask(task, run, { attempt: 1, emit() {}, shouldStop }).catch(() => undefined)
  process.exit()
}

/** Attempts of a task that have ended, oldest first. */
const endings = (run, id) =>
  names(join(run, 'done'))
    .filter(name => name.startsWith(id + '.'))
    .sort()
    .map(name => json(join(run, 'tasks', id, name.split('.')[1], 'ended.json')))

const submissions = (run, id) => names(join(run, 'submissions')).filter(name => name.startsWith(id + '.') && name.endsWith('.intent')).sort()
const latest = (run, id) => {
  const name = submissions(run, id).at(-1)
  return name && { ...json(join(run, 'submissions', name)), answer: join(run, 'submissions', name.replace('.intent', '.answer')) }
}

const commandOf = pid => {
  try { return readFileSync('/proc/' + pid + '/cmdline', 'utf8') } catch { return '' }
}
/** The process of a submission, also of one whose answer was never written down. */
function processOf(submission) {
  if (existsSync(submission.answer)) {
    const { pid } = json(submission.answer)
    return commandOf(pid).includes(submission.nonce) ? pid : undefined
  }
  const pid = names('/proc').find(name => /^\\d+$/.test(name) && commandOf(name).includes(submission.nonce))
  if (pid) writeFileSync(submission.answer, JSON.stringify({ pid: Number(pid) }))
  return pid && Number(pid)
}
const isAlive = (run, id) => {
  const submission = latest(run, id)
  return submission !== undefined && processOf(submission) !== undefined
}

let started = 0
function start(run, id, options) {
  const number = submissions(run, id).length + 1
  const nonce = Math.random().toString(36).slice(2)
  const intent = join(run, 'submissions', id + '.' + number + '.intent')
  const before = names(join(run, 'tasks', id)).filter(name => /^\\d+$/.test(name)).length
  writeFileSync(intent, JSON.stringify({ nonce, before }), { flag: 'wx' })
  if (process.env.DIE_AFTER_INTENT === String(++started)) process.kill(process.pid, 'SIGKILL')
  const child = spawn(process.execPath, [ME, 'run-task', run, id, nonce, options.stubborn ? 'stubborn' : ''], { detached: true, stdio: 'ignore' })
  child.unref()
  if (process.env.DIE_AFTER_START === String(started)) process.kill(process.pid, 'SIGKILL')
  writeFileSync(intent.replace('.intent', '.answer'), JSON.stringify({ pid: child.pid }))
}

const lost = id => ({ cause: 'lost', code: 'CHORALE_TASK_LOST', message: 'the process of task ' + id + ' is gone', retryable: true })

class Processes {
  name = 'processes'
  constructor(options, capabilities) {
    this.options = options
    this.capabilities = capabilities
  }
  getCapabilities() { return this.capabilities }
  async validateResources() {
    if (this.options.broken) throw new Error('the option broken is set')
  }
  async diagnose() {
    return [{ what: 'processes', level: 'ok', found: 'process ids in /proc' }]
  }
  estimateMemory() { return 0.1 }
  async cleanup() {}

  async submit(tasks, { runDirectory: run, signal }) {
    for (const { id } of tasks) {
      if (signal.aborted) return
      if (endings(run, id).some(({ status }) => status === 'completed') || isAlive(run, id)) continue
      start(run, id, this.options)
    }
  }

  /** undefined while the task goes on. */
  #look(run, id) {
    const submission = latest(run, id)
    const gone = submission !== undefined && processOf(submission) === undefined
    const all = endings(run, id)
    const ended = all.find(({ status }) => status === 'completed') ?? all.filter(({ attempt }) => attempt > (submission?.before ?? 0)).at(-1)
    if (ended === undefined && !gone) return undefined
    const base = { task: id, attempt: ended?.attempt ?? 0, at: Date.now() }
    if (ended === undefined) return { ...base, type: 'failed', failure: lost(id) }
    if (ended.status === 'stopped') return { ...base, type: 'stopped', iteration: ended.iteration, reason: ended.reason }
    if (ended.status === 'failed') return { ...base, type: 'failed', failure: ended.failure }
    const { format, task, attempt, files, seconds, node } = ended
    return { ...base, type: 'completed', result: { format, task, attempt, files, seconds, node } }
  }

  async *attach(tasks, { runDirectory: run, signal }) {
    writeFileSync(join(run, 'submissions', 'attached'), '')
    const open = new Set(tasks.map(({ id }) => id))
    while (open.size > 0 && !signal.aborted) {
      for (const id of open) {
        const event = this.#look(run, id)
        if (event === undefined) continue
        open.delete(id)
        yield event
      }
      await sleep(50)
    }
  }

  async *run(tasks, context) {
    await this.submit(tasks, context)
    for await (const event of this.attach(tasks, context)) {
      let current = event
      for (let again = 1; current.type === 'failed' && current.failure.retryable && again < context.limits.attempts; again++) {
        yield { type: 'retrying', task: current.task, attempt: current.attempt, at: Date.now(), failure: current.failure, next: again + 1 }
        start(context.runDirectory, current.task, this.options)
        current = { type: 'waiting' }
        for await (const next of this.attach([{ id: event.task }], context)) current = next
      }
      if (current.type !== 'waiting') yield current
    }
  }

  async cancel(tasks, { runDirectory: run }) {
    const running = tasks.filter(({ id }) => isAlive(run, id))
    for (const { id } of running) {
      // It may have read the request, and ended, in the meantime.
      try { process.kill(processOf(latest(run, id)), 'SIGTERM') } catch {}
    }
    for (let left = 40; left > 0 && running.some(({ id }) => isAlive(run, id)); left--) await sleep(50)
    return running.map(({ id }) => id).filter(id => isAlive(run, id))
  }
}

const capabilities = {
  supportsSharding: true, supportsParallelChains: true, maxParallelShards: 100, sameProcess: false,
  isolation: 'process', detachable: true, resumable: true, interactive: false,
}
export default {
  name: 'processes',
  apiVersion: 1,
  backends: [{
    name: 'processes', summary: 'processes that outlive the client', capabilities,
    options: { type: 'object', properties: { stubborn: { type: 'boolean' }, broken: { type: 'boolean' } }, additionalProperties: false },
    create: options => new Processes(options, capabilities),
  }],
}
`

const running = new Set<string>()

/** Ends the processes of tasks that a test leaves behind: they know nothing of it. */
afterEach(() => {
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if ([...running].some(folder => command.includes(join(folder, 'processes.mjs')))) process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has ended in the meantime.
    }
  }
  running.clear()
})

/** Three tasks. */
export const DETACHED_SETTINGS = SETTINGS.replace('backend: cpu', 'backend: processes')
  .replace('chains: 2', 'chains: 1')
  .concat('plugins: [./processes.mjs]\n')

/** As `project`, with tasks that are processes of their own. */
export function detachedProject(files: Files = {}): { readonly folder: string } {
  const where = project({ 'processes.mjs': PROCESSES_BACKEND, 'chorale.config.yaml': DETACHED_SETTINGS, ...files })
  running.add(where.folder)
  return where
}

/** Its tasks begin, and then stand still until they are released. */
export function heldProject(files: Files = {}): { readonly folder: string; readonly release: () => void } {
  const where = detachedProject({ hold: '', ...files })
  return { ...where, release: () => rmSync(join(where.folder, 'hold')) }
}
