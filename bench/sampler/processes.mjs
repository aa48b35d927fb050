/** Child processes, each on one and the same core where the system has `taskset`, so that a side cannot use a second one. */
import { spawn, spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'

const core = cpus().length - 1
const canPin = spawnSync('taskset', ['-c', String(core), 'true']).status === 0

export const pinning = canPin ? `every process on core ${core} by taskset` : 'processes are not pinned: there is no taskset'

/** Numeric libraries that would start threads of their own. */
const oneThread = Object.fromEntries(
  ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'NUMBA_NUM_THREADS', 'RAYON_NUM_THREADS', 'STAN_NUM_THREADS'].map(name => [
    name,
    '1',
  ]),
)

const pinned = (command, commandArguments, pin) =>
  pin && canPin ? ['taskset', ['-c', String(core), command, ...commandArguments]] : [command, commandArguments]

const environment = extra => ({ ...process.env, ...oneThread, ...extra })

/** Runs a command to its end; answers what it wrote and the seconds it took. Throws with what it said where it fails. */
export async function runCommand(command, commandArguments, { pin = true, env, cwd } = {}) {
  const start = performance.now()
  const child = spawn(...pinned(command, commandArguments, pin), { cwd, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collect(child.stdout)
  const complaints = collect(child.stderr)
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  const seconds = (performance.now() - start) / 1000
  if (status !== 0)
    throw new Error(`${command} ${commandArguments.join(' ')} ended with ${status}:\n${(complaints() || output()).slice(-3000)}`)
  return { output: output(), seconds }
}

function collect(stream) {
  const chunks = []
  stream.on('data', chunk => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}

/** A process that answers every line of JSON with one, and says something first. */
export async function startServer(command, commandArguments, { env } = {}) {
  const child = spawn(...pinned(command, commandArguments, true), { env: environment(env), stdio: ['pipe', 'pipe', 'pipe'] })
  const complaints = collect(child.stderr)
  const failed = new Promise((_, reject) => child.once('error', reject))
  failed.catch(() => {})
  const ended = new Promise(resolve => child.once('close', resolve))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => {
    const { value, done } = await Promise.race([lines.next(), failed])
    if (done) throw new Error(`${command} ${commandArguments.join(' ')} ended without an answer:\n${complaints().slice(-3000)}`)
    return JSON.parse(value)
  }
  const greeting = await answer()
  return {
    greeting,
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`)
      return await answer()
    },
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}
