import { access } from 'node:fs/promises'
import { constants } from 'node:os'

export interface ExecResult {
  /** Exit code, or 128 + the signal's number; 124 after a timeout, 126 when the command cannot be executed, 127 when it does not exist. */
  readonly code: number
  /** Without the last line feed. */
  readonly stdout: string
  readonly stderr: string
}

export interface ExecOptions {
  readonly cwd?: string
  /** The whole environment of the command: nothing is inherited. `PATH` is where the command is looked up. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Path of the file that is its standard input. Default: none. */
  readonly input?: string
}

/** Runs a command given as an argument vector, never through a shell. Resolves whatever the exit code. */
export type Exec = (argv: readonly [string, ...string[]], options: ExecOptions) => Promise<ExecResult>

/**
 * The one place that starts commands. They get a process group of their own and nothing of our standard input, so that Ctrl-C at our terminal cannot kill a
 * submission whose answer is still on its way. After the timeout the whole group is killed.
 */
export const systemExec: Exec = async ([file, ...args], { cwd, env, timeoutMs, input }) => {
  // Loaded on first use: most runs start no command.
  const { execa } = await import('execa')
  // Otherwise a file that is missing would look like a command that is missing.
  if (input !== undefined) await access(input)
  const running = execa(file, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env,
    extendEnv: false,
    stdin: input === undefined ? 'ignore' : { file: input },
    detached: true,
    cleanup: false,
    reject: false,
  })
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    killGroup(running.pid)
  }, timeoutMs)
  const result = await running.finally(() => clearTimeout(timer))
  const code = timedOut ? TIMED_OUT : (result.exitCode ?? codeWithoutExit(result.code, result.signal))
  const note = timedOut ? `${file} gave no answer within ${timeoutMs / 1000} s` : result.exitCode === undefined ? result.shortMessage : ''
  return { code, stdout: result.stdout, stderr: [result.stderr, note].filter(Boolean).join('\n') }
}

const TIMED_OUT = 124

function codeWithoutExit(error: string | undefined, signal: NodeJS.Signals | undefined): number {
  if (signal) return 128 + constants.signals[signal]
  return error === 'ENOENT' ? 127 : 126
}

/** The command and what it started: a child that keeps its output open would keep us waiting. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group ended in the meantime.
  }
}
