import { fileURLToPath } from 'node:url'

import { ChoraleError } from '../contracts/index.js'
import { loadJob } from '../job/load-job.js'
import type { Plan, PlannedRun } from '../planning/plan.js'
import { codeReference, type Found, type PluginRegistry } from '../plugins/index.js'
import { openRunDirectory, requireTrustedRun, type RunDirectory, type RunRecord } from '../run-directory/index.js'
import { parseSettings } from '../settings/parse.js'
import type { Settings } from '../settings/schema.js'
import { OPTIMIZE } from '../optimize/mode-file.js'
import { notSampled } from '../optimize/optimize.js'
import { withChangedSettings } from './settings-change.js'

export interface ReopenOptions {
  /** Load the run's code although others can write it, or although the backend's plugin is not the one that was planned with. */
  readonly trustRun: boolean
  /** Drive the run although another process does. */
  readonly takeOver: boolean
}

export const recordedSettings = ({ record }: Pick<Plan, 'record'>): Settings => parseSettings(record.settings as object, 'run.json')

/**
 * Opens a run from its directory alone, with the code that it was planned with, and the settings that it went on with last.
 * @throws ChoraleError `CHORALE_MODEL_NOT_PORTABLE`, `CHORALE_RUN_NOT_SAMPLED`, `CHORALE_RUN_NOT_TRUSTED`, `CHORALE_CODE_CHANGED`
 */
export async function reopenRun(path: string, options: Pick<ReopenOptions, 'trustRun'>, registry: PluginRegistry): Promise<PlannedRun> {
  const opened = await withChangedSettings(await openRunDirectory(path))
  const { path: run, record } = opened
  if (record.plan.sampler.name === OPTIMIZE) throw notSampled(run)
  const backend = await recordedBackend(opened, options, registry)
  const { model, sampler } = await loadJob(run, { kind: 'bundle', ...codeOf(opened) })
  return { path: run, record, model, sampler, backend: { backend, reason: 'as planned' } }
}

/** The backend that a run was planned with, of the plugins that its record names. Neither model nor settings are loaded. Throws as `reopenRun`. */
export async function recordedBackend(
  opened: RunDirectory,
  { trustRun }: Pick<ReopenOptions, 'trustRun'>,
  registry: PluginRegistry,
): Promise<Found<'backend'>> {
  const { path, record } = opened
  const code = codeOf(opened)
  if (!trustRun) await requireTrustedRun(path, code.path)
  for (const plugin of record.plugins) registry.adopt(plugin)
  const backend = await registry.find('backend', record.plan.backend, 'run.json: plan.backend')
  if (!trustRun) requireSamePlugin(record, backend)
  return backend
}

function codeOf({ path, record }: RunDirectory): NonNullable<RunRecord['code']> {
  if (record.code) return record.code
  throw new ChoraleError('CHORALE_MODEL_NOT_PORTABLE', 'The model of this run was an object of the process that started it', {
    lookedIn: path,
    fix: 'put the model into a module and start a new run with model: ./model.ts',
  })
}

/** A plugin that a run names is loaded from where it was: that must be the same file. Packages that come with the command may be newer. */
function requireSamePlugin({ plugins }: RunRecord, { code }: Found<'backend'>): void {
  const recorded = plugins.find(({ name, url }) => name === code.name && url === code.url)
  if (!recorded || code.name.startsWith('@chorale/') || !code.url.startsWith('file:')) return
  if (codeReference(code.url, code.name).digest === recorded.digest) return
  throw new ChoraleError(
    'CHORALE_PLUGIN_CHANGED',
    `The plugin "${code.name}" is not the file that this run was planned with (SHA-256 differs)`,
    {
      askedBy: 'run.json: plugins',
      lookedIn: fileURLToPath(code.url),
      fix: 'restore the file; or, if its tasks and records are still the same, repeat the command with --trust-run',
    },
  )
}

/** Draws are bit-identical for equal V8 version and architecture only; chains of two kinds must not mix unless the settings allow it. */
export function requireSameEnvironment({ versions }: RunRecord, { reproducible }: Settings): void {
  const here = { v8: process.versions.v8, arch: process.arch }
  const same = versions.v8 === here.v8 && versions.arch === here.arch
  if (same || reproducible === 'statistical') return
  throw new ChoraleError(
    'CHORALE_ENVIRONMENT_DIFFERS',
    `The run was started with V8 ${versions.v8} on ${versions.arch} (Node ${versions.node}); this is V8 ${here.v8} on ${here.arch}, where its chains would not be bit-identical`,
    { askedBy: 'reproducible: bitwise', fix: `use Node ${versions.node}, or start runs with reproducible: statistical` },
  )
}
