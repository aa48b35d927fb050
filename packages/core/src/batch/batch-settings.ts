import { ChoraleError } from '../contracts/error.js'
import type { BatchOptions } from '../contracts/batch-options.js'
import { parseSize } from '../settings/size.js'

/** Checked options with every default filled in, in seconds and bytes. */
export interface BatchSettings {
  readonly queue?: string
  readonly account?: string
  readonly project?: string
  /** undefined: the site's default, which nothing here knows. */
  readonly walltime: number | undefined
  readonly maxWalltime: number | undefined
  readonly memory: number | undefined
  readonly maxMemory: number | undefined
  readonly cpus: number
  readonly mode: 'auto' | 'array' | 'single' | 'packed'
  readonly tasksPerJob: number
  readonly maxParallelJobs: number | undefined
  readonly maxArraySize: number | undefined
  /** Copies of each job that wait for it. */
  readonly continuations: number
  /** When they are submitted: with their jobs by every client, as their number was asked for; or for the time without a client. */
  readonly continued: 'always' | 'without a client'
  readonly pollMin: number
  readonly pollMax: number
  readonly margin: number
  /** Seconds that a job waits before it is said why. */
  readonly reasonAfter: number
  readonly fileLatency: number
  /** Jobs see the folder of the run, whatever this machine can tell of it. */
  readonly assumesSharedFolder: boolean
  readonly node: string
  readonly env: Readonly<Record<string, string>>
  readonly modules: readonly string[]
  readonly prologue: readonly string[]
  readonly epilogue: readonly string[]
  readonly directives: readonly string[]
  readonly shell: string
  readonly template: string | undefined
}

/** How much more than the first request a retry may ask for. */
const ESCALATION = 4
const MARGIN_SECONDS = 60
const CONTINUATIONS = 2
const REASON_MINUTES = 2

/** What schedulers and sites use in names of queues, accounts and projects; none of it means anything to a shell, and none begins an option. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.,@+:/=-]{0,199}$/
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/
const MODULE = /^[A-Za-z0-9_][A-Za-z0-9_.+/-]{0,199}$/
// eslint-disable-next-line no-control-regex -- what must not be in a line of a script
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/

/**
 * Checks the options of a batch backend.
 * @throws ChoraleError `CHORALE_BATCH_OPTION_INVALID`, which names the option
 */
export function batchSettings(options: BatchOptions): BatchSettings {
  for (const setting of ['queue', 'account', 'project'] as const) checkName(setting, options[setting])
  for (const name of Object.keys(options.env ?? {}))
    if (!VARIABLE.test(name)) refuse('env', `${quoted(name)} is not the name of a variable`)
  const env = Object.fromEntries(Object.entries(options.env ?? {}).map(([name, value]) => [name, String(value)]))
  for (const [name, value] of Object.entries(env)) if (value.includes('\0')) refuse('env', `${name} has a NUL character`)
  for (const name of options.modules ?? []) if (!MODULE.test(name)) refuse('modules', `${quoted(name)} is not the name of a module`)
  for (const setting of ['prologue', 'epilogue', 'directives'] as const) {
    for (const line of options[setting] ?? []) if (CONTROL.test(line)) refuse(setting, `${quoted(line)} is not one line`)
  }
  for (const setting of ['node', 'shell'] as const) {
    const path = options[setting]
    if (path !== undefined && (!path.startsWith('/') || CONTROL.test(path))) refuse(setting, `${quoted(path)} is not an absolute path`)
  }
  if (options.shell !== undefined && /\s/.test(options.shell)) refuse('shell', 'the path of a shell cannot have blanks')
  if (options.template !== undefined && !options.template.includes('{{run}}'))
    refuse(
      'template',
      `it has no {{run}}, so it would run nothing${options.template.includes('\n') ? '' : ' (the text of a script is meant, not its path)'}`,
    )
  const walltime = seconds('walltime', options.walltime)
  const memory = bytes('memoryPerJob', options.memoryPerJob)
  const cpus = count('cpus', options.cpus) ?? 1
  const margin = options.walltimeMargin ?? Math.min(MARGIN_SECONDS, (walltime ?? Infinity) / 10)
  if (walltime !== undefined && margin >= walltime) refuse('walltimeMargin', `${margin} s leave nothing of a walltime of ${walltime} s`)
  const { queue, account, project } = options
  return {
    ...(queue === undefined ? {} : { queue }),
    ...(account === undefined ? {} : { account }),
    ...(project === undefined ? {} : { project }),
    walltime,
    maxWalltime: seconds('maxWalltime', options.maxWalltime) ?? (walltime === undefined ? undefined : ESCALATION * walltime),
    memory,
    maxMemory: bytes('maxMemoryPerJob', options.maxMemoryPerJob) ?? (memory === undefined ? undefined : ESCALATION * memory),
    cpus,
    mode: options.mode ?? 'auto',
    tasksPerJob: count('tasksPerJob', options.tasksPerJob) ?? cpus,
    maxParallelJobs: count('maxParallelJobs', options.maxParallelJobs),
    maxArraySize: count('maxArraySize', options.maxArraySize),
    continuations: options.continuations ?? CONTINUATIONS,
    continued: options.continuations === undefined ? 'without a client' : 'always',
    pollMin: options.pollIntervalMin ?? 2,
    pollMax: Math.max(options.pollIntervalMin ?? 2, options.pollIntervalMax ?? 60),
    margin,
    reasonAfter: 60 * (options.reasonAfter ?? REASON_MINUTES),
    fileLatency: options.fileLatency ?? 120,
    assumesSharedFolder: options.sharedFolder === 'assume',
    node: options.node ?? process.execPath,
    env,
    modules: options.modules ?? [],
    prologue: options.prologue ?? [],
    epilogue: options.epilogue ?? [],
    directives: options.directives ?? [],
    shell: options.shell ?? '/bin/sh',
    template: options.template,
  }
}

const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)

function refuse(setting: string, problem: string): never {
  throw new ChoraleError('CHORALE_BATCH_OPTION_INVALID', `The setting backend.${setting} cannot be used: ${problem}.`, {
    askedBy: `backend.${setting}`,
    fix: `correct backend.${setting}`,
  })
}

const NAMES = 'letters, digits and _ . , @ + : / = - , not a - at the beginning'

function checkName(setting: string, value: string | undefined): void {
  if (value === undefined || NAME.test(value)) return
  refuse(setting, `${quoted(value)} is not a name: ${NAMES}`)
}

/** The same of a queue or an account that another section of the settings names. @throws ChoraleError `CHORALE_BATCH_OPTION_INVALID` */
export function requireName(askedBy: string, value: string): void {
  if (NAME.test(value)) return
  throw new ChoraleError('CHORALE_BATCH_OPTION_INVALID', `${quoted(value)} is not a name of a queue or an account.`, {
    askedBy,
    fix: `correct ${askedBy}: ${NAMES}`,
  })
}

function count(setting: string, value: number | undefined): number | undefined {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) refuse(setting, `${value} is not a whole number of at least 1`)
  return value
}

function bytes(setting: string, value: string | number | undefined): number | undefined {
  const parsed = typeof value === 'string' ? parseSize(value) : value
  if (value !== undefined && !(parsed !== undefined && Number.isFinite(parsed) && parsed >= 1))
    refuse(setting, `${value} is not a size such as 4GB`)
  return parsed
}

function seconds(setting: string, value: string | number | undefined): number | undefined {
  const parsed = typeof value === 'string' ? parseDuration(value) : value
  if (value !== undefined && !(parsed !== undefined && Number.isFinite(parsed) && parsed >= 1))
    refuse(setting, `${quoted(String(value))} is not a time such as 02:30:00, 1-12:00:00, or a number of seconds`)
  return parsed === undefined ? undefined : Math.ceil(parsed)
}

/** Seconds of `HH:MM:SS`, `D-HH:MM:SS` or a number of seconds. `10:30` alone is not one: it is minutes to some schedulers and hours to others. */
export function parseDuration(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text)
  const [, days = '0', hours, minutes, rest] = /^(?:(\d+)-)?(\d+):([0-5]?\d):([0-5]?\d)$/.exec(text) ?? []
  if (hours === undefined) return undefined
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(rest)
}
