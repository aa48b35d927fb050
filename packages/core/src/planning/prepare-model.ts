import { relative } from 'node:path'

import { ChoraleError, type Model } from '../contracts/index.js'
import { bundleJob, loadJob, modelProblem } from '../bundle/index.js'
import type { Found } from '../plugins/index.js'
import type { RunRecord } from '../run-directory/index.js'
import type { LoadedSettings } from '../settings/index.js'

/** A model that can be bound in this process, and the bundle that takes it to others. */
export interface PreparedModel {
  readonly model: Model
  /** null for an object of this process. */
  readonly code: RunRecord['code']
  /** As the user named it, for messages. */
  readonly name: string
}

/** Bundles the model's module with its sampler, or takes the object that the settings hold. */
export async function prepareModel(loaded: LoadedSettings, sampler: Found<'sampler'>, run: string): Promise<PreparedModel> {
  const { settings, folder } = loaded
  const { model } = settings
  if (model === undefined) {
    throw new ChoraleError('CHORALE_MODEL_NOT_NAMED', 'The settings name no model', {
      askedBy: 'model',
      lookedIn: loaded.file ?? `${folder} (there is no settings file)`,
      fix: 'model: ./model.ts, a module whose default export is a model',
    })
  }
  if (!('path' in model)) return { model: checkedObject(model), code: null, name: 'an object of the settings' }
  const { path, digest } = await bundleJob({
    model: { path: model.path, exportName: model.export },
    sampler: { name: sampler.definition.name, url: sampler.code.url },
    folder,
    outputDirectory: run,
  })
  const code = { path, digest, exportName: model.export }
  const job = await loadJob(run, { kind: 'bundle', ...code })
  return { model: job.model, code, name: relative(folder, model.path) || model.path }
}

function checkedObject(model: Model): Model {
  const problem = modelProblem(model)
  if (problem === undefined) return model
  throw new ChoraleError('CHORALE_MODEL_INVALID', `The model object ${problem}`, {
    askedBy: 'model',
    fix: 'defineModel({ rows, dataNames, bind })',
  })
}
