import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, vi } from 'vitest'

/** Every test starts processes; on a machine that does other things too each takes its time. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

export const REPOSITORY = join(import.meta.dirname, '..', '..')
export const CHORALE = join(REPOSITORY, 'packages', 'chorale', 'bin', 'chorale.js')

if (!existsSync(join(REPOSITORY, 'packages', 'chorale', 'dist', 'bin.js'))) {
  throw new Error('The end-to-end tests start the built command: run "npm run build" first.')
}

/** How a process ended. */
export interface Ended {
  /** null when a signal killed it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A process that runs. */
export interface Started {
  readonly pid: number
  readonly ended: Promise<Ended>
  /** What standard error has got so far. */
  stderr(): string
  kill(signal: NodeJS.Signals): void
  write(text: string): void
}

export interface StartOptions {
  /** Current folder of the process. */
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
}

const alive = new Set<ChildProcess>()

/** A test that fails half-way leaves no process behind. */
afterEach(() => {
  for (const child of alive) child.kill('SIGKILL')
})

/** Starts any program. */
export function start(file: string, args: readonly string[], { folder, env }: StartOptions): Started {
  const child: ChildProcess = spawn(file, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  alive.add(child)
  let stdout = ''
  let stderr = ''
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  child.stdin!.on('error', () => undefined)
  return {
    pid: child.pid!,
    ended: new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => {
        alive.delete(child)
        resolve({ code, signal, stdout, stderr })
      })
    }),
    stderr: () => stderr,
    kill: signal => void child.kill(signal),
    write: text => void child.stdin!.write(text),
  }
}

/** Starts the built `chorale` command. */
export const startChorale = (options: StartOptions, ...args: readonly string[]): Started =>
  start(process.execPath, [CHORALE, ...args], options)

/** Runs the built `chorale` command to its end. */
export const chorale = (options: StartOptions, ...args: readonly string[]): Promise<Ended> => startChorale(options, ...args).ended

/** Asks every few milliseconds until the answer is neither false nor undefined. */
export async function until<T>(ask: () => T | undefined | false, what: string, seconds = 60): Promise<T> {
  const limit = performance.now() + seconds * 1000
  for (;;) {
    const answer = ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > limit) throw new Error(`${what} did not happen within ${seconds} s`)
    await new Promise(resolve => setTimeout(resolve, 4))
  }
}
