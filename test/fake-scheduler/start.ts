import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Fault, Switches } from './scheduler-switches.js'

export type { Fault, Switches }

export type Dialect = 'openpbs' | 'torque' | 'slurm'

/** One command that somebody ran. */
export interface Call {
  readonly command: string
  readonly argv: readonly string[]
  readonly pid: number
  /** Milliseconds since 1970. */
  readonly time: number
  /** Names of the variables that the command was given. */
  readonly environment: readonly string[]
  readonly cwd: string
}

/** What the scheduler knows of one element of a job, or of a job that is no array. */
export interface ElementRecord {
  readonly index?: number
  readonly state: 'H' | 'Q' | 'R' | 'E' | 'F'
  readonly runCount: number
  readonly exitStatus?: number
  readonly comment?: string
  /** Session of its processes. */
  readonly session?: number
}

export interface JobRecord {
  readonly seq: number
  readonly id: string
  readonly name: string
  readonly queue: string
  readonly supervisor?: number
  readonly elements: readonly ElementRecord[]
}

export interface FakeScheduler {
  /** Folder of the commands, and a `PATH` that begins with it. */
  readonly bin: string
  readonly path: string
  readonly state: string
  /** Home of the user, where PBS jobs start. */
  readonly home: string
  /** Environment for a client: `PATH`, `HOME` and `USER`. */
  readonly env: Readonly<Record<string, string>>
  /** Every command that was run, in order. */
  calls(): Promise<readonly Call[]>
  /** Adds to what is set already. */
  set(switches: Switches): Promise<void>
  jobs(): Promise<readonly JobRecord[]>
  /** Runs a job, or one element of it, once more under the same id: its node failed. */
  rerun(seq: number, index?: number): Promise<void>
  /** Takes off the hold of a job. */
  release(seq: number): Promise<void>
  /** Forgets an ended job, as if its time in the history were over. */
  purge(seq: number): Promise<void>
  /** A new server: all jobs are lost, and ids begin again. */
  reset(): Promise<void>
  /** Kills all jobs, and removes the state. Resolves when no process is left. */
  dispose(): Promise<void>
}

export interface FakeSchedulerOptions {
  readonly dialect: Dialect
  readonly switches?: Switches
  /** How much faster than real time the scheduler's seconds pass. Default 1. */
  readonly timeScale?: number
}

const COMMANDS: Readonly<Record<Dialect, readonly string[]>> = {
  openpbs: ['qsub', 'qstat', 'qdel', 'qselect', 'pbsnodes'],
  torque: ['qsub', 'qstat', 'qdel', 'qselect', 'pbsnodes'],
  slurm: ['sbatch', 'squeue', 'scontrol', 'scancel', 'sinfo', 'sacct'],
}
const SERVERS = {
  openpbs: { host: 'pbshost', version: '23.06.06', firstId: 0 },
  torque: { host: 'vm', version: '6.1.3.h5', firstId: 0 },
  slurm: { host: 'vm', version: '22.05.8', firstId: 1 },
} as const

/**
 * A batch scheduler that really runs jobs and answers like OpenPBS 23.06.06, TORQUE 6.1.3 or Slurm 22.05.8, with switches for how it misbehaves. There is no server:
 * commands work on a state directory, and each job has a supervisor process, which ends with the test's process at the latest.
 */
export async function startFakeScheduler({ dialect, switches = {}, timeScale = 1 }: FakeSchedulerOptions): Promise<FakeScheduler> {
  const state = await mkdtemp(join(tmpdir(), 'fake-scheduler-'))
  const bin = join(state, 'bin')
  const home = join(state, 'home')
  for (const folder of ['bin', 'home', 'jobs', 'slots', 'uses', 'aux', 'scratch']) await mkdir(join(state, folder))
  const server = { ...SERVERS[dialect], dialect, timeScale, ownerPid: process.pid, home, user: 'alice' }
  await writeFile(join(state, 'calls.ndjson'), '')
  for (const command of COMMANDS[dialect]) await writeCommand(bin, command, state)
  let current: Switches = {}
  let keys = 0
  const set = async (added: Switches): Promise<void> => {
    const faults = added.faults?.map((fault: Fault) => ({ ...fault, use: `f${++keys}` }))
    current = { ...current, ...added, ...(faults ? { faults } : {}) }
    await writeFile(join(state, 'switches.new'), JSON.stringify(current))
    await rename(join(state, 'switches.new'), join(state, 'switches.json'))
  }
  await set(switches)
  await writeFile(join(state, 'server.json'), JSON.stringify(server))

  const jobs = async (): Promise<readonly JobRecord[]> => {
    const numbers = (await readdir(join(state, 'jobs')).catch(() => [])).map(Number).sort((a, b) => a - b)
    const records = await Promise.all(
      numbers.map(seq => readFile(join(state, 'jobs', String(seq), 'record.json'), 'utf8').catch(() => undefined)),
    )
    return records.flatMap(text => (text === undefined ? [] : [JSON.parse(text) as JobRecord]))
  }
  const ask = async (seq: number, request: object): Promise<void> => {
    const folder = join(state, 'jobs', String(seq), 'requests')
    await mkdir(folder, { recursive: true })
    const path = join(folder, `${Date.now()}-test.json`)
    await writeFile(`${path}.tmp`, JSON.stringify(request))
    await rename(`${path}.tmp`, path)
    while ((await readdir(folder).catch(() => [])).length > 0) await sleep(10)
  }
  const endJobs = async (): Promise<void> => {
    const supervisors = (await jobs()).flatMap(({ supervisor }) => supervisor ?? [])
    await rm(join(state, 'jobs'), { recursive: true, force: true, maxRetries: 5 })
    for (const pid of supervisors) while (await isAlive(pid)) await sleep(10)
  }
  return {
    bin,
    path: `${bin}:${process.env.PATH ?? ''}`,
    state,
    home,
    env: { PATH: `${bin}:${process.env.PATH ?? ''}`, HOME: home, USER: 'alice' },
    async calls() {
      const lines = (await readFile(join(state, 'calls.ndjson'), 'utf8')).trimEnd().split('\n')
      return lines.filter(Boolean).map(line => JSON.parse(line) as Call)
    },
    set,
    jobs,
    rerun: (seq, index) => ask(seq, { type: 'rerun', index }),
    release: seq => ask(seq, { type: 'release' }),
    async purge(seq) {
      const path = join(state, 'jobs', String(seq), 'record.json')
      const record = JSON.parse(await readFile(path, 'utf8')) as JobRecord
      await writeFile(path, JSON.stringify({ ...record, purged: true }))
    },
    async reset() {
      await endJobs()
      await mkdir(join(state, 'jobs'))
    },
    async dispose() {
      await rm(join(state, 'server.json'), { force: true })
      await endJobs()
      await rm(state, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The state directory is part of the command: clients give their commands few variables. */
async function writeCommand(bin: string, command: string, state: string): Promise<void> {
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
  const run = join(import.meta.dirname, 'run.mjs')
  const path = join(bin, command)
  await writeFile(path, `#!/bin/sh\nFAKE_SCHEDULER_STATE=${quote(state)} exec ${quote(process.execPath)} ${quote(run)} ${command} "$@"\n`)
  await chmod(path, 0o755)
}

/** A process that only waits to be reaped does not count. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z ')
  return !stat.includes(') Z ')
}
