import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { FakeScheduler, JobRecord } from './start.js'

export interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command of the scheduler as a client does, in the home folder of its user. */
export function run(fake: FakeScheduler, command: string, args: readonly string[] = [], timeout = 20_000): Promise<Answer> {
  return new Promise(resolve => {
    execFile(command, args, { env: fake.env, cwd: fake.home, timeout, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : error.killed ? 124 : 137
      resolve({ code, stdout, stderr })
    })
  })
}

/** Writes a script and returns its path. */
export async function script(fake: FakeScheduler, name: string, lines: readonly string[]): Promise<string> {
  const path = join(fake.home, name)
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'))
  return path
}

/** The job, once `holds` is true of it. */
export async function until(fake: FakeScheduler, seq: number, holds: (job: JobRecord) => boolean): Promise<JobRecord> {
  for (let tries = 0; tries < 1000; tries++) {
    const job = (await fake.jobs()).find(candidate => candidate.seq === seq)
    if (job && holds(job)) return job
    await sleep(15)
  }
  throw new Error(`job ${seq} did not get there: ${JSON.stringify((await fake.jobs()).find(job => job.seq === seq)?.elements)}`)
}

export const ended = (job: JobRecord): boolean => job.elements.every(({ state }) => state === 'F')
export const running = (job: JobRecord): boolean => job.elements.every(({ state }) => state === 'R')
