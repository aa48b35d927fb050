import { spawn } from 'node:child_process'
import { rmSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'

import { killMessage } from './ends.mjs'
import { elementId, environmentOf, scratchOf } from './job-environment.mjs'
import { openStreams } from './job-output.mjs'
import { membersOf, signalSession } from './processes.mjs'

/**
 * One execution of an element: its processes in a session of their own, killed at its limits. `end` is there once all of it is over:
 * `{ cause, code, signal, by }`.
 */
export class Execution {
  constructor(state, job, element) {
    this.state = state
    this.job = job
    this.startedAt = Date.now()
    this.checkedAt = this.startedAt
    this.id = elementId(job, element)
    this.used = { memory: 0, cpuSeconds: 0 }
    this.streams = openStreams(state, job, element)
    const { cwd, env } = environmentOf(state, job, element)
    const script = join(state.folderOf(job.seq), 'script')
    const [file, ...args] = job.command ?? (job.shell ? [job.shell, script] : ['/bin/sh', '-c', `exec "$0"`, script])
    // The child has the umask of the process that starts it.
    const before = process.umask(job.umask)
    this.child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', this.streams.output, this.streams.error] })
    process.umask(before)
    this.session = this.child.pid
    this.child.on('error', () => this.exited(job.dialect === 'openpbs' ? 254 : 127, null))
    this.child.on('exit', (code, signal) => this.exited(code, signal))
  }

  exited(code, signal) {
    this.shell ??= { code, signal: signal ? constants.signals[signal] : 0 }
  }

  /** Limits, kills and the end of all processes. */
  step(switches) {
    if (this.end) return
    const { state, job } = this
    const now = Date.now()
    if (this.killAt !== undefined && now >= this.killAt) this.signal('SIGKILL', switches)
    if (!this.shell && now - this.checkedAt >= state.ms(switches.limitCheck)) {
      this.checkedAt = now
      this.checkLimits(switches)
    }
    if (job.signal && !this.warned && !this.shell && state.secondsSince(this.startedAt) >= job.amount.walltime - job.signal.before)
      this.warn()
    if (!this.shell) return
    const left = this.session === undefined || switches.survivors ? [] : membersOf(this.session)
    if (left.length > 0) return this.finishOff(switches, now)
    this.measure(switches)
    this.end = { cause: this.reason?.cause ?? 'exit', by: this.reason?.by, ...this.shell }
    this.streams.close()
    rmSync(scratchOf(state.root, this.id), { recursive: true, force: true })
  }

  /** The shell is gone; what it left behind gets a TERM, and a KILL after the kill delay. */
  finishOff(switches, now) {
    if (this.killAt !== undefined) return
    signalSession(this.session, 'SIGTERM')
    this.killAt = now + Math.min(1000, this.state.ms(switches.killDelay))
  }

  measure(switches) {
    const members = this.session === undefined ? [] : membersOf(this.session)
    const memory = members.reduce((sum, member) => sum + member.resident, 0) * switches.memoryScale
    const cpuSeconds = members.reduce((sum, member) => sum + member.cpuSeconds, 0)
    this.used = { memory: Math.max(this.used.memory, memory), cpuSeconds: Math.max(this.used.cpuSeconds, cpuSeconds) }
    return memory
  }

  checkLimits(switches) {
    const memory = this.measure(switches)
    if (this.reason) return
    const { amount, dialect } = this.job
    const seconds = this.state.secondsSince(this.startedAt)
    if (amount.walltime !== undefined && seconds > amount.walltime)
      this.kill({ cause: 'walltime' }, switches, { seconds, limitSeconds: amount.walltime })
    else if (switches.enforceMemory && amount.memory !== undefined && memory > amount.memory)
      this.kill(
        { cause: 'memory' },
        switches,
        { bytes: Math.floor(memory), limitBytes: amount.memory },
        dialect === 'slurm' ? 'SIGKILL' : 'SIGTERM',
      )
    else if (amount.cput !== undefined && this.used.cpuSeconds > amount.cput)
      this.kill({ cause: 'cputime' }, switches, { seconds: this.used.cpuSeconds, limitSeconds: amount.cput })
  }

  /** TERM to every process of the session, KILL after the kill delay. */
  kill(reason, switches, measured = {}, first = 'SIGTERM') {
    this.reason ??= reason
    const message = killMessage(this.job.dialect, reason.cause, {
      ...measured,
      id: this.id,
      host: this.state.server.host,
      at: new Date().toISOString().slice(0, 19),
    })
    try {
      writeSync(this.streams.error, message)
    } catch {
      // The job ended at this moment, its files are closed.
    }
    this.signal(first, switches)
    this.killAt ??= Date.now() + this.state.ms(switches.killDelay)
  }

  /** With survivors, only the shell is reached: the processes that it started are somebody else's. */
  signal(name, switches) {
    if (this.session === undefined) return
    if (!switches.survivors) return signalSession(this.session, name)
    try {
      process.kill(this.session, name)
    } catch {
      // It ended in the meantime.
    }
  }

  /** `--signal=B:TERM@60` reaches the batch shell alone. Without `B:` it is meant for the steps, of which there are none. */
  warn() {
    this.warned = true
    if (this.job.signal.toShell) process.kill(this.session, this.job.signal.number)
  }

  /** Ends it at once and leaves no trace: its node is gone. With survivors, what the shell started goes on. */
  drop(switches = {}) {
    if (this.session !== undefined) this.signal('SIGKILL', switches)
    this.streams.close()
    rmSync(scratchOf(this.state.root, this.id), { recursive: true, force: true })
  }
}
