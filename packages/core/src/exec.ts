import { execa } from 'execa'

export interface ExecResult {
  /** Exit code, or 128 + the signal's number; 127 when the command does not exist. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface ExecOptions {
  readonly cwd?: string
  /** The whole environment of the command: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** Runs a command given as an argument vector, never through a shell. Resolves whatever the exit code. */
export type Exec = (argv: readonly [string, ...string[]], options: ExecOptions) => Promise<ExecResult>

/**
 * The one place that starts commands. They get a process group of their own and no standard input, so that Ctrl-C at our terminal cannot kill a
 * submission whose answer is still on its way.
 */
export const systemExec: Exec = async ([file, ...args], { cwd, env, timeoutMs }) => {
  const result = await execa(file, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env,
    extendEnv: false,
    stdin: 'ignore',
    detached: true,
    cleanup: false,
    timeout: timeoutMs,
    reject: false,
  })
  const code = result.exitCode ?? (result.code === 'ENOENT' ? 127 : result.timedOut ? 124 : 1)
  const stderr = result.stderr || (result.failed && result.exitCode === undefined ? result.shortMessage : "")
  return { code, stdout: result.stdout ?? "", stderr: stderr ?? "" }
}
