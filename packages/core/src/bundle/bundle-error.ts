/** What a failed build means for the person who wrote the model. */
import type { BuildFailure, Message } from 'esbuild'
import { ChoraleError } from '../contracts/error.js'

/** `detail` of the message that our plugin makes for a `.node` file. */
export const NATIVE_ADDON = 'native-addon'

export const isBuildFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors)

const place = ({ location }: Message): string => (location ? `${location.file}:${location.line}:${location.column + 1}` : 'the model')

export function toModelError(failure: BuildFailure, model: string): ChoraleError {
  const native = failure.errors.find(message => message.detail === NATIVE_ADDON)
  if (native) return notPortable(native.text, model, failure)
  const first = failure.errors[0]!
  const [, missing] = /^Could not resolve "(.+)"/.exec(first.text) ?? []
  if (missing !== undefined) {
    return new ChoraleError('CHORALE_MODEL_NOT_FOUND', `${place(first)} imports "${missing}", which cannot be found from there.`, {
      askedBy: 'the setting model',
      lookedIn: first.location?.file ?? model,
      fix: /^[./]/.test(missing) ? 'check the path, with the file name ending' : `npm install ${missing}`,
      cause: failure,
    })
  }
  const text = failure.errors.map(message => `${place(message)}: ${message.text}`).join('\n')
  return new ChoraleError('CHORALE_MODEL_UNREADABLE', text, {
    askedBy: 'the setting model',
    lookedIn: model,
    fix: 'mend the file at the place above',
    cause: failure,
  })
}

export const notPortable = (what: string, model: string, cause: unknown): ChoraleError =>
  new ChoraleError('CHORALE_MODEL_NOT_PORTABLE', `The model cannot be made into one file that runs anywhere: ${what}.`, {
    askedBy: 'the setting model',
    lookedIn: model,
    fix: 'use a package without native code or files beside it (WebAssembly and JavaScript are fine), or read such files while planning, as data',
    cause,
  })
