import { dirname, isAbsolute, relative, resolve } from 'node:path'

import { ChoraleError } from '../contracts/index.js'
import { show } from './issue.js'
import type { Layer } from './layers.js'
import { environmentLayer, flagLayer, type SettingsOverride } from './override.js'
import { fileLayer, resolveLayers, type ParsedSettings } from './parse.js'
import { isRecord } from './plain-data.js'
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
}

export interface LoadedSettings extends ParsedSettings {
  /** Absolute path of the settings file; undefined when there is none. */
  readonly file?: string
  /** Folder of the settings file, or the one that was asked for: paths in the settings are relative to it. */
  readonly folder: string
}

/**
 * Finds and reads the settings: flags win over variables `CHORALE__SECTION__KEY`, those over the file, that over the defaults.
 *
 * Throws `CHORALE_SETTINGS_NOT_FOUND`, `_EMPTY`, `_UNREADABLE`, `_UNKNOWN_KEY`, `_INVALID` or `_UNSUPPORTED` (all usage errors).
 */
export async function loadSettings(request: LoadRequest): Promise<LoadedSettings> {
  const start = resolve(request.folder)
  const file = request.file === undefined ? await findSettingsFile(start) : resolve(start, request.file)
  if (file === undefined && request.whenMissing === 'error') throw notFound(start)
  const folder = file === undefined ? start : dirname(file)
  const layers = [
    ...(file === undefined ? [] : [await layerOf(file, start)]),
    relativeTo(start, folder, environmentLayer(request.env ?? process.env)),
    relativeTo(start, folder, flagLayer(request.overrides ?? [])),
  ]
  return { ...resolveLayers(layers), ...(file === undefined ? {} : { file }), folder }
}

async function layerOf(file: string, start: string): Promise<Layer> {
  const origin = relative(start, file)
  const input = await readSettingsFile(file)
  if (isRecord(input)) return fileLayer(input, origin)
  throw new ChoraleError('CHORALE_SETTINGS_INVALID', `The settings file ${file} holds ${show(input)}, but settings are an object.`, {
    askedBy: origin,
    fix: 'write sections with keys, such as model: ./model.ts',
  })
}

const notFound = (folder: string): ChoraleError =>
  new ChoraleError('CHORALE_SETTINGS_NOT_FOUND', 'There is no settings file.', {
    lookedIn: `${folder} and the folders above it, up to the first package.json`,
    available: SEARCH_PLACES.map(place => (place === 'package.json' ? 'package.json ("chorale" key)' : place)),
    fix: 'write chorale.config.yaml with model: ./model.ts and data: { path: ... }',
  })

const FILES: readonly string[] = ['model', 'model.path', 'data.path', 'output.directory']
/** A name, unless it begins like a path. */
const NAMES_OR_FILES: readonly string[] = ['plugins']

/** Paths in flags and variables are meant from where the user is, those in settings from the settings' folder. */
function relativeTo(start: string, folder: string, layer: Layer): Layer {
  if (start === folder) return layer
  const absolute = (value: unknown): unknown =>
    typeof value === 'string' && !isAbsolute(value) && !/^[a-z][a-z0-9+.-]*:/i.test(value) ? resolve(start, value) : value
  const whereItLooksLikeOne = (value: unknown): unknown => (typeof value === 'string' && /^\.{1,2}\//.test(value) ? absolute(value) : value)
  return {
    ...layer,
    entries: layer.entries.map(entry => {
      const path = entry.path.join('.')
      if (FILES.includes(path)) return { ...entry, value: absolute(entry.value) }
      if (!NAMES_OR_FILES.includes(path)) return entry
      return { ...entry, value: Array.isArray(entry.value) ? entry.value.map(whereItLooksLikeOne) : whereItLooksLikeOne(entry.value) }
    }),
  }
}
