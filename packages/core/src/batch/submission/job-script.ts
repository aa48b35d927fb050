import type { JobVariables } from '../../contracts/scheduler.js'
import type { BatchSettings } from '../batch-settings.js'

/** What a job script is made of. */
export interface ScriptRequest {
  readonly settings: Pick<BatchSettings, 'shell' | 'directives' | 'modules' | 'prologue' | 'epilogue' | 'template' | 'node'>
  readonly directivePrefix: string
  readonly variables: JobVariables
  /** Whether its jobs are elements of an array. */
  readonly array: boolean
  readonly run: string
  readonly runId: string
  readonly submission: number
  /** The job's name. */
  readonly name: string
  /** Absolute path of what Node runs. */
  readonly entry: string
  /** What stands between that and the run. For a command that was installed, which a node need not see. */
  readonly command?: string
  /** Absolute folder of what the job prints. */
  readonly output: string
  /** Absolute path of the file with the job's variables, where there are any. */
  readonly environment?: string
  /** As the run directory's: `077` or `027`. */
  readonly umask: string
}

/** One word of shell, whatever is in it. */
export const shellWord = (text: string): string => (/^[A-Za-z0-9_/.:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/**
 * The script of a job, for POSIX sh. The time of its first line is the start that the walltime counts from. Node runs in the background, so that the shell can
 * pass on the signals that announce the end of a job, and the script's exit code is Node's.
 */
export function jobScript(request: ScriptRequest): string {
  const { settings, directivePrefix, name, submission, runId } = request
  const parts = {
    directives: settings.directives.map(line => `${directivePrefix} ${line}`).join('\n'),
    prologue: [...loadModules(settings.modules), ...settings.prologue].join('\n'),
    run: runLines(request).join('\n'),
    epilogue: settings.epilogue.join('\n'),
  }
  if (settings.template !== undefined) {
    const start = startLines(request).join('\n')
    const run = settings.template.includes('{{start}}') ? parts.run : `${start}\n${parts.run}`
    const known: Readonly<Record<string, string>> = { ...parts, start, run, name, run_directory: shellWord(request.run) }
    const text = settings.template.replaceAll('\r\n', '\n').replace(/\{\{(\w+)\}\}/g, (whole, key: string) => known[key] ?? whole)
    return text.endsWith('\n') ? text : `${text}\n`
  }
  const lines = [
    `#!${settings.shell}`,
    parts.directives,
    `# Submission ${submission} of the Chorale run ${runId}.`,
    ...startLines(request),
    parts.prologue,
    parts.run,
    parts.epilogue,
    'exit "$chorale_code"',
  ]
  return `${lines.filter(line => line !== '').join('\n')}\n`
}

function startLines({ variables, array, run, name, output, environment, umask }: ScriptRequest): readonly string[] {
  return [
    'chorale_started=$(date +%s)',
    // Elsewhere the variable may hold anything: Grid Engine sets it to a word.
    ...(array ? indexLines(variables) : ['chorale_index=0']),
    `chorale_job=\${${variables.job}:-unknown}`,
    ...(variables.array === undefined ? [] : [`chorale_job=\${${variables.array}:-$chorale_job}`]),
    `umask ${umask}`,
    'PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}',
    'LC_ALL=C',
    'export PATH LC_ALL',
    // Slurm's `--export=NIL` leaves out what a prologue with `conda activate` or `~` needs.
    ...HOME_LINES,
    'unset NODE_OPTIONS NODE_PATH',
    // The shared folder shows it while the job runs; what the scheduler keeps may come only at its end.
    `exec >>${shellWord(`${output}/${name}`)}."$chorale_index".log 2>&1`,
    `cd ${shellWord(run)} || { echo "chorale: the run directory cannot be seen from $(hostname)"; exit 78; }`,
    ...(environment === undefined ? [] : [`. ${shellWord(environment)} || exit 78`]),
  ]
}

/** Without its index, an element would run the tasks of another one. */
const indexLines = ({ index }: JobVariables): readonly string[] => [
  `chorale_index=\${${index}:-}`,
  `[ -n "$chorale_index" ] || { echo "chorale: ${index} is not set in this element of an array"; exit 78; }`,
]

const HOME_LINES = [
  'if [ -z "${HOME:-}" ]; then',
  '  USER=${USER:-$(id -un)}',
  '  HOME=$(getent passwd "$(id -u)" | cut -d: -f6)',
  '  [ -n "$HOME" ] && export HOME || unset HOME',
  '  LOGNAME=${LOGNAME:-$USER}',
  '  export USER LOGNAME',
  'fi',
]

const MODULE_INITS = ['/etc/profile.d/modules.sh', '/etc/profile.d/lmod.sh', '/usr/share/modules/init/sh', '/usr/share/lmod/lmod/init/sh']

/** Job shells are no login shells, so the command may have to be defined first. */
const loadModules = (modules: readonly string[]): readonly string[] =>
  modules.length === 0
    ? []
    : [
        'if ! command -v module >/dev/null 2>&1; then',
        `  for chorale_init in ${MODULE_INITS.join(' ')}; do [ -r "$chorale_init" ] && . "$chorale_init" && break; done`,
        'fi',
        ...modules.map(module => `module load ${shellWord(module)} || { echo "chorale: module load ${module} failed"; exit 78; }`),
      ]

function runLines({ settings: { node }, entry, command: chosen, run, submission }: ScriptRequest): readonly string[] {
  const command = [node, entry, ...(chosen === undefined ? [] : [chosen]), run, String(submission)].map(shellWord).join(' ')
  return [
    `command -v ${shellWord(node)} >/dev/null 2>&1 || { echo "chorale: there is no Node at" ${shellWord(node)} "on $(hostname): set backend.node"; exit 127; }`,
    ...(chosen === undefined
      ? []
      : [
          `[ -r ${shellWord(entry)} ] || { echo "chorale: the command" ${shellWord(entry)} "cannot be seen from $(hostname): install it where the nodes see it"; exit 78; }`,
        ]),
    "trap '' HUP INT",
    'chorale_child=',
    // A signal ends the wait, not the child: it writes its checkpoint.
    `trap '[ -n "$chorale_child" ] && kill -TERM "$chorale_child" 2>/dev/null' TERM USR1 USR2 XCPU`,
    `${command} "$chorale_index" "$chorale_started" "$chorale_job" </dev/null &`,
    'chorale_child=$!',
    'while :; do',
    '  wait "$chorale_child"',
    '  chorale_code=$?',
    '  kill -0 "$chorale_child" 2>/dev/null || break',
    'done',
    'wait "$chorale_child" 2>/dev/null',
    'chorale_again=$?',
    '[ "$chorale_again" -eq 127 ] || chorale_code=$chorale_again',
  ]
}

/** A file of variables that a job's shell reads. */
export const environmentText = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('')
