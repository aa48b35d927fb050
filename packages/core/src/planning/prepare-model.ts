import { relative } from 'node:path'

import { ChoraleError, type Model } from '../contracts/index.js'
import { bundleJob, bundleOf, loadJob, modelProblem, type BegunBundle, type JobSources } from '../bundle/index.js'
import type { Found, PluginRegistry } from '../plugins/index.js'
import type { RunRecord } from '../run-directory/index.js'
import type { LoadedSettings } from '../settings/index.js'

/** A model that can be bound in this process, and the bundle that takes it to others, with the sampler that is in it. */
export interface PreparedModel {
  readonly model: Model
  readonly sampler: Found<'sampler'>
  /** null for an object of this process. */
  readonly code: RunRecord['code']
  /** As the user named it, for messages. */
  readonly name: string
}

/** What the bundle of the settings' model and sampler is made of; undefined for a model that is an object of this process, or none. */
async function jobSources({ settings, folder }: LoadedSettings, registry: PluginRegistry): Promise<JobSources | undefined> {
  const { model, sampling } = settings
  if (model === undefined || !('path' in model)) return undefined
  const { url } = await registry.locate('sampler', sampling.name)
  return { model: { path: model.path, exportName: model.export }, sampler: { name: sampling.name, url }, folder }
}

/** Begins to bundle the model, if that is not begun, while other things are loaded and looked up. */
export async function beginModel(loaded: LoadedSettings, registry: PluginRegistry): Promise<BegunBundle | undefined> {
  const sources = await jobSources(loaded, registry)
  return sources && bundleOf(sources, loaded.begun)
}

/** Bundles the model's module with its sampler, or takes the object that the settings hold. `begun`: what `beginModel` returned. */
export async function prepareModel(
  loaded: LoadedSettings,
  registry: PluginRegistry,
  run: string,
  begun?: BegunBundle,
): Promise<PreparedModel> {
  const { settings, folder } = loaded
  const { model } = settings
  if (model === undefined) {
    throw new ChoraleError('CHORALE_MODEL_NOT_NAMED', 'The settings name no model', {
      askedBy: 'model',
      lookedIn: loaded.file ?? `${folder} (there is no settings file)`,
      fix: 'model: ./model.ts, a module whose default export is a model',
    })
  }
  if (!('path' in model)) {
    const sampler = await registry.find('sampler', settings.sampling.name)
    return { model: checkedObject(model), sampler, code: null, name: 'an object of the settings' }
  }
  const sources = (await jobSources(loaded, registry))!
  const { path, digest } = await bundleJob({ ...sources, outputDirectory: run }, bundleOf(sources, begun ?? loaded.begun).text)
  const code = { path, digest, exportName: model.export }
  const job = await loadJob(run, { kind: 'bundle', ...code })
  const sampler = { kind: 'sampler', definition: job.sampler, code: await registry.locate('sampler', settings.sampling.name) } as const
  return { model: job.model, sampler, code, name: relative(folder, model.path) || model.path }
}

function checkedObject(model: Model): Model {
  const problem = modelProblem(model)
  if (problem === undefined) return model
  throw new ChoraleError('CHORALE_MODEL_INVALID', `The model object ${problem}`, {
    askedBy: 'model',
    fix: 'defineModel({ rows, dataNames, bind })',
  })
}
