import { dirname, resolve } from 'node:path'

import { beginAtAGlance, type BegunBundle } from '../bundle/begun-bundle.js'
import { ChoraleError } from '../contracts/error.js'
import type { BuiltinPlugin } from '../plugins/builtin.js'
import type { SettingsOverride } from './override.js'
import type { ParsedSettings } from './parse.js'
import { findSettingsFile, readSettingsFile, SEARCH_PLACES } from './settings-file.js'

export interface LoadRequest {
  /** Where the search starts, usually the current folder. Paths in flags and variables are relative to it. */
  readonly folder: string
  /** This file and no other, relative to `folder`. */
  readonly file?: string
  /** What happens when no file is found: the defaults are taken (default), or it is an error. */
  readonly whenMissing?: 'defaults' | 'error'
  /** Flags; of two for one setting the last wins. */
  readonly overrides?: readonly SettingsOverride[]
  /** Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The packages that the entry package brings, for settings of a run: its model is bundled from now on. */
  readonly bundleWith?: readonly BuiltinPlugin[]
}

export interface LoadedSettings extends ParsedSettings {
  /** Absolute path of the settings file; undefined when there is none. */
  readonly file?: string
  /** Folder of the settings file, or the one that was asked for: paths in the settings are relative to it. */
  readonly folder: string
  /** The bundle that the file asks for, where it was begun. */
  readonly begun?: BegunBundle
}

/**
 * Finds and reads the settings: flags win over variables `CHORALE__SECTION__KEY`, those over the file, that over the defaults.
 *
 * Throws `CHORALE_SETTINGS_NOT_FOUND`, `_EMPTY`, `_UNREADABLE`, `_UNKNOWN_KEY`, `_INVALID` or `_UNSUPPORTED` (all usage errors).
 */
export async function loadSettings(request: LoadRequest): Promise<LoadedSettings> {
  const start = resolve(request.folder)
  const path = request.file === undefined ? await findSettingsFile(start) : resolve(start, request.file)
  if (path === undefined && request.whenMissing === 'error') throw notFound(start)
  const folder = path === undefined ? start : dirname(path)
  const file = path === undefined ? undefined : { path, content: await readSettingsFile(path) }
  const begun = file && request.bundleWith && beginAtAGlance(file.content, folder, request.bundleWith)
  // What checks settings is loaded while the bundle is made.
  const { gatherSettings } = await import('./gather.js')
  const { env = process.env, overrides = [] } = request
  const parsed = gatherSettings({ start, folder, env, overrides, ...(file ? { file } : {}) })
  return { ...parsed, ...(path === undefined ? {} : { file: path }), ...(begun ? { begun } : {}), folder }
}

const notFound = (folder: string): ChoraleError =>
  new ChoraleError('CHORALE_SETTINGS_NOT_FOUND', 'There is no settings file.', {
    lookedIn: `${folder} and the folders above it, up to the first package.json`,
    available: SEARCH_PLACES.map(place => (place === 'package.json' ? 'package.json ("chorale" key)' : place)),
    fix: 'chorale init writes one, with a model and data',
  })
