import { ChoraleError } from '../contracts/error.js'
import type { CommandAnswer, CommandLine, JobRequest, SchedulerAdapter, ServerFacts } from '../contracts/scheduler.js'
import type { Clock } from '../clock.js'
import type { Exec, ExecOptions } from '../exec.js'

/** Of the user's environment, what a scheduler's commands may see; an adapter adds its own. Others change what commands do, or would end in the jobs. */
const PASSED_ON = ['HOME', 'USER', 'LOGNAME', 'PATH', 'KRB5CCNAME', 'TZ'] as const
const COMMAND_MS = 60_000
/** A server that has just not answered is not asked the same again: it may take many seconds to say nothing. */
const SILENT_MS = 2_000

/** Runs the commands of one scheduler and counts them. */
export class Commander {
  readonly adapter: SchedulerAdapter
  readonly clock: Clock
  readonly #exec: Exec
  readonly #environment: Readonly<Record<string, string>>
  #facts: Promise<ServerFacts> | undefined
  /** When they are asked for again. */
  #factsUntil = Infinity
  #calls = 0
  readonly #since: number

  constructor(adapter: SchedulerAdapter, exec: Exec, clock: Clock, variables: Readonly<Record<string, string | undefined>> = process.env) {
    this.adapter = adapter
    this.clock = clock
    this.#exec = exec
    this.#since = clock.monotonic()
    const names = [...PASSED_ON, ...(adapter.environment ?? [])]
    const passed = names.flatMap(name => (variables[name] === undefined ? [] : [[name, variables[name]] as const]))
    this.#environment = { ...Object.fromEntries(passed), LC_ALL: 'C' }
  }

  /** Commands so far, and per minute. */
  get calls(): { readonly total: number; readonly perMinute: number } {
    const minutes = Math.max(1, (this.clock.monotonic() - this.#since) / 60_000)
    return { total: this.#calls, perMinute: this.#calls / minutes }
  }

  ask(command: CommandLine): Promise<CommandAnswer> {
    return this.#run(command, {})
  }

  /** Hands a script over, in the way that the scheduler takes it. */
  submit(request: JobRequest, facts: ServerFacts): Promise<CommandAnswer> {
    const { adapter } = this
    return this.#run(adapter.submission(request, facts), adapter.scriptAs === 'input' ? { input: request.script } : {})
  }

  #run(command: CommandLine, input: Pick<ExecOptions, 'input'>): Promise<CommandAnswer> {
    this.#calls++
    return this.#exec(command, { env: this.#environment, timeoutMs: COMMAND_MS, ...input })
  }

  /** One after another: a server is not to be asked for many things at a time. */
  async askAll(commands: readonly CommandLine[]): Promise<readonly CommandAnswer[]> {
    const answers: CommandAnswer[] = []
    for (const command of commands) answers.push(await this.ask(command))
    return answers
  }

  /**
   * What the server can do; asked once.
   * @throws ChoraleError `CHORALE_SCHEDULER_NOT_FOUND` when a command does not exist, `CHORALE_SCHEDULER_SILENT` when the server does not answer
   */
  facts(): Promise<ServerFacts> {
    if (this.clock.monotonic() >= this.#factsUntil) this.#facts = undefined
    if (this.#facts) return this.#facts
    this.#factsUntil = Infinity
    const facts = (this.#facts = this.#identify())
    facts.catch(() => (this.#factsUntil = this.clock.monotonic() + SILENT_MS))
    return facts
  }

  async #identify(): Promise<ServerFacts> {
    const { adapter } = this
    const asked: { command: CommandLine; answer: CommandAnswer }[] = []
    const missing = async (command: string): Promise<never> => {
      throw new ChoraleError(
        'CHORALE_SCHEDULER_NOT_FOUND',
        `There is no ${command} on this machine, so ${adapter.scheduler} cannot be used from here.`,
        {
          askedBy: 'backend.name',
          lookedIn: this.#environment.PATH ?? 'an empty PATH',
          fix: `run on a host where ${adapter.scheduler} jobs are submitted from, or put the folder of ${command} on PATH`,
        },
      )
    }
    try {
      return await adapter.identify(async command => {
        const answer = await this.ask(command)
        asked.push({ command, answer })
        return answer.code === 127 ? missing(command[0]) : answer
      })
    } catch (cause) {
      if (asked.length === 0 || (cause as { code?: unknown }).code !== undefined) throw cause
      const { command, answer } = asked.at(-1)!
      throw new ChoraleError(
        'CHORALE_SCHEDULER_SILENT',
        `${adapter.scheduler} does not answer: ${command.join(' ')} ended with code ${answer.code}: ${wordsOf(answer)}`,
        { askedBy: 'backend.name', fix: `try ${command.join(' ')} by hand; when it works, run again`, cause },
      )
    }
  }
}

/** What a command said, in one line. */
export const wordsOf = ({ stdout, stderr }: CommandAnswer): string =>
  (stderr.trim() || stdout.trim() || 'nothing').replaceAll(/\s*\n\s*/g, '; ')
