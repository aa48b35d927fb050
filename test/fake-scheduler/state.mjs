/**
 * The state directory: everything that the scheduler knows.
 *
 *   server.json          written once: dialect, host, pid of the test, scale of time
 *   switches.json        what misbehaves; written by the test, read at every step
 *   calls.ndjson         one line for every command
 *   jobs/12/record.json  written by qsub, from then on by the job's supervisor only
 *   jobs/12/requests/    what commands ask of the supervisor; removed when it is done
 *   slots/0 ...          one file for each processor in use
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { SWITCHES } from './switches.mjs'

export const readJson = path => JSON.parse(readFileSync(path, 'utf8'))

let temporary = 0

/** A reader sees the old content or the new, never a part. */
export function writeAtomically(path, content) {
  const before = `${path}.${process.pid}.${++temporary}.tmp`
  writeFileSync(before, content)
  renameSync(before, path)
}

export function openState(root) {
  const server = readJson(join(root, 'server.json'))
  const folderOf = seq => join(root, 'jobs', String(seq))
  return {
    root,
    server,
    /** Real milliseconds of a duration in the scheduler's seconds. */
    ms: seconds => (seconds * 1000) / server.timeScale,
    /** The scheduler's seconds since a moment in real milliseconds. */
    secondsSince: at => ((Date.now() - at) * server.timeScale) / 1000,
    switches: () => ({ ...SWITCHES, ...SWITCHES.of[server.dialect], ...readJson(join(root, 'switches.json')) }),
    folderOf,
    /** Claims the next free number; ids are counted from 0 in PBS and from 1 in Slurm. */
    claimSequence() {
      const taken = readdirSync(join(root, 'jobs')).map(Number)
      for (let seq = Math.max(server.firstId - 1, ...taken) + 1; ; seq++) {
        try {
          mkdirSync(folderOf(seq))
          return seq
        } catch (error) {
          if (error.code !== 'EEXIST') throw error
        }
      }
    },
    write: job => writeAtomically(join(folderOf(job.seq), 'record.json'), JSON.stringify(job)),
    read(seq) {
      try {
        return readJson(join(folderOf(seq), 'record.json'))
      } catch {
        return undefined
      }
    },
    jobs() {
      const numbers = readdirSync(join(root, 'jobs')).map(Number)
      return numbers.sort((a, b) => a - b).flatMap(seq => this.read(seq) ?? [])
    },
    /** True as long as the test and its state directory are there. */
    isWanted: () => existsSync(join(root, 'server.json')) && isAlive(server.ownerPid),
  }
}

/** A process that only waits to be reaped does not count. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return process.platform !== 'linux'
  }
}

/** Holds `count` of the node's processors for process `pid`, or none. */
export function claimSlots({ root, server }, switches, count) {
  const claimed = []
  for (let slot = 0; slot < switches.nodeCpus && claimed.length < count; slot++) {
    const path = join(root, 'slots', String(slot))
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      claimed.push(path)
    } catch {
      releaseIfStale(path, server)
    }
  }
  if (claimed.length === count) return claimed
  releaseSlots(claimed)
  return undefined
}

export const releaseSlots = paths => paths.forEach(path => rmSync(path, { force: true }))

function releaseIfStale(path) {
  try {
    if (!isAlive(Number(readFileSync(path, 'utf8')))) rmSync(path, { force: true })
  } catch {
    // Its holder released it in the meantime.
  }
}
