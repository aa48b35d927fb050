import { createRequire } from 'node:module'
import { join } from 'node:path'

import { REPOSITORY, type Ended, type StartOptions } from './command.js'

type Main = (argv: readonly string[], options: { readonly builtins: unknown; readonly home: string }) => Promise<number>
interface BuiltCommand {
  readonly main: Main
  readonly builtins: unknown
}

const HOME = join(REPOSITORY, 'packages', 'chorale', 'dist')

/** Loaded by Node itself: what vitest loads are the sources. */
const load = (): BuiltCommand => createRequire(import.meta.url)('./built-command.mjs') as BuiltCommand

let last: Promise<unknown> = Promise.resolve()

/**
 * Runs the built `chorale` command to its end in the process of the test, in which starting costs nothing: for what a process of its own would not do otherwise.
 * One at a time, because folder, environment and output belong to the process.
 */
export function choraleHere(options: StartOptions, ...args: readonly string[]): Promise<Ended> {
  const ended = last.then(() => run(load(), options, args))
  last = ended.catch(() => undefined)
  return ended
}

async function run({ main, builtins }: BuiltCommand, { folder, env = {} }: StartOptions, args: readonly string[]): Promise<Ended> {
  const before = { folder: process.cwd(), env: { ...process.env }, exit: process.exit }
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)]
  const exited = new Promise<number>(resolve => {
    process.exit = ((code: number) => (resolve(code), new Promise(() => undefined))) as unknown as typeof process.exit
  })
  process.chdir(folder)
  Object.assign(process.env, env)
  try {
    const code = await Promise.race([main(args, { builtins, home: HOME }), exited])
    return { code, signal: null, stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    stdout.end()
    stderr.end()
    process.exit = before.exit
    process.chdir(before.folder)
    for (const name of Object.keys(env)) {
      if (before.env[name] === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = before.env[name]
    }
  }
}

/** Keeps what is written to a stream, and takes away the listeners that are added to it. */
function capture(stream: NodeJS.WriteStream) {
  const { write } = stream
  const listeners = stream.listeners('error')
  let text = ''
  stream.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
    const done = rest.find(argument => typeof argument === 'function') as (() => void) | undefined
    if (done) queueMicrotask(done)
    return true
  }
  return {
    text: () => text,
    end: () => {
      stream.write = write
      for (const listener of stream.listeners('error')) if (!listeners.includes(listener)) stream.off('error', listener as () => void)
    },
  }
}
