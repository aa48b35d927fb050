import { isChoraleError } from '../contracts/index.js'

/** What a process that ends with an error says to its caller. */
export const EXIT = { failedRun: 1, usage: 2, resources: 3 } as const

type Exit = (typeof EXIT)[keyof typeof EXIT]

const code = (exit: Exit, meaning: string): { readonly exit: Exit; readonly meaning: string } => ({ exit, meaning })

/** Every code that our packages use, with its exit code and meaning; docs/errors.md is made from it. */
export const ERROR_CODES: Readonly<Record<`CHORALE_${string}`, { readonly exit: Exit; readonly meaning: string }>> = {
  CHORALE_BACKEND_NOT_INSTALLED: code(EXIT.usage, 'The backend is provided by a package that is not installed; `fix` is the command that installs it.'),
  CHORALE_BACKEND_UNKNOWN: code(EXIT.usage, 'No backend has this name or alias; the nearest one is suggested.'),
  CHORALE_COMBINER_NOT_INSTALLED: code(EXIT.usage, 'The combiner is provided by a package that is not installed.'),
  CHORALE_COMBINER_UNKNOWN: code(EXIT.usage, 'No combiner has this name or alias.'),
  CHORALE_SAMPLER_NOT_INSTALLED: code(EXIT.usage, 'The sampler is provided by a package that is not installed.'),
  CHORALE_SAMPLER_UNKNOWN: code(EXIT.usage, 'No sampler has this name or alias.'),
  CHORALE_SAMPLER_NOT_FOUND: code(EXIT.usage, "The job bundle's sampler plugin has no sampler of this name."),
  CHORALE_DATA_SOURCE_NOT_INSTALLED: code(EXIT.usage, 'The data source is provided by a package that is not installed.'),
  CHORALE_DATA_SOURCE_UNKNOWN: code(EXIT.usage, 'No data source has this name, or none reads files with this ending.'),
  CHORALE_SHARDER_NOT_INSTALLED: code(EXIT.usage, 'The sharding strategy is provided by a package that is not installed.'),
  CHORALE_SHARDER_UNKNOWN: code(EXIT.usage, 'No sharding strategy has this name.'),
  CHORALE_PLUGIN_NOT_FOUND: code(EXIT.usage, 'A plugin named in the settings does not exist where the settings file is.'),
  CHORALE_PLUGIN_EXPORTS: code(EXIT.usage, 'The package is installed, but its `exports` have no `default` entry, so that it cannot be resolved from a settings folder.'),
  CHORALE_PLUGIN_BROKEN: code(EXIT.usage, 'The plugin is there, but its module threw while it was loaded.'),
  CHORALE_PLUGIN_INVALID: code(EXIT.usage, "The module's default export is not a plugin."),
  CHORALE_PLUGIN_API_VERSION: code(EXIT.usage, 'The plugin was written for another version of the contracts.'),
  CHORALE_PLUGIN_NAME_TAKEN: code(EXIT.usage, 'Two plugins provide the same name.'),
  CHORALE_OPTIONS_INVALID: code(EXIT.usage, 'Options of a backend, sampler, combiner or data source do not meet its schema.'),
  CHORALE_MODEL_NOT_NAMED: code(EXIT.usage, 'The settings name no model.'),
  CHORALE_MODEL_JOINT: code(EXIT.usage, 'A model whose likelihood is joint over all rows was to be sharded.'),
  CHORALE_MODEL_GRADIENT: code(EXIT.usage, 'The gradient is not finite, or disagrees with finite differences; the parameter is named.'),
  CHORALE_LOCAL_PARAMETERS: code(EXIT.usage, 'A model with parameters that are local to groups of rows was to be sharded.'),
  CHORALE_MODEL_THREW: code(EXIT.failedRun, 'The model threw an error while its density was computed.'),
  CHORALE_MODEL_START: code(EXIT.failedRun, 'No starting point with a finite density and gradient was found; the parameter is named.'),
  CHORALE_SHARDING_SPLITS_GROUPS: code(EXIT.usage, 'The sharding strategy would split groups over which the likelihood is a product.'),
  CHORALE_DATA_NOT_NAMED: code(EXIT.usage, 'The settings name no data.'),
  CHORALE_DATA_NOT_GIVEN: code(EXIT.failedRun, 'A task reads shared data that its transport did not hand over.'),
  CHORALE_DATA_DAMAGED: code(EXIT.failedRun, "A shard's columns file is not what was written."),
  CHORALE_DRAWS_DEGENERATE: code(EXIT.failedRun, 'The draws of a shard do not span the space of the parameters.'),
  CHORALE_COMBINER_BROKEN: code(EXIT.failedRun, 'A combiner returned draws of the wrong shape, or draws that are not finite.'),
  CHORALE_EVALUATION_INCOMPLETE: code(EXIT.failedRun, 'The full-data log density could not be evaluated on every shard.'),
  CHORALE_NO_USABLE_SHARD: code(EXIT.failedRun, 'No shard succeeded; there is no result.'),
  CHORALE_SUCCESS_RATE: code(EXIT.failedRun, 'Fewer shards succeeded than combination.minSuccessRate asks for; there is no combined result.'),
  CHORALE_RUN_UNFINISHED: code(EXIT.usage, 'A run was to be combined again whose chains are not all finished.'),
  CHORALE_RUN_STOPPED: code(EXIT.failedRun, 'The run was stopped before it had a result; a resume goes on.'),
  CHORALE_TASK_TIMEOUT: code(EXIT.failedRun, 'One attempt of a task ran longer than timeout.task.'),
  CHORALE_TASK_LOST: code(EXIT.failedRun, 'A task gave no sign of life for timeout.heartbeat.'),
  CHORALE_TASK_MEMORY: code(EXIT.resources, 'A task used more memory than backend.memory.'),
  CHORALE_BACKEND_FAILED: code(EXIT.failedRun, 'The backend itself failed, or rejected with something that is not a task failure.'),
  CHORALE_TESTKIT_NOT_INSTALLED: code(EXIT.usage, '`chorale plugin check` needs @chorale/testkit.'),
}

/** The exit code of an error: 1 for what is not ours, 2 for codes of third-party plugins. */
export function exitCodeOf(error: unknown): number {
  if (!isChoraleError(error)) return EXIT.failedRun
  return ERROR_CODES[error.code]?.exit ?? EXIT.usage
}

/** docs/errors.md. */
export function errorsMarkdown(): string {
  const rows = Object.entries(ERROR_CODES)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, { exit, meaning }]) => `- **\`${name}\`** (exit ${exit}). ${meaning}`)
  return `${INTRODUCTION}\n${rows.join('\n')}\n`
}

const INTRODUCTION = `# Errors

Every error that Chorale raises on purpose has a code that stays the same between versions. The message says what happened; the lines below it say what was
asked, where it was looked for, what exists, and the way out.

Exit codes of the command: 0 ok, 1 the run failed, 2 usage or settings, 3 resources, 4 still running, 130 interrupted (128 + signal).

## Codes
`
