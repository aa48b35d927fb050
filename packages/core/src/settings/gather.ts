import { isAbsolute, relative, resolve } from 'node:path'

import { ChoraleError } from '../contracts/index.js'
import { show } from './issue.js'
import type { Layer } from './layers.js'
import { environmentLayer, flagLayer, type SettingsOverride } from './override.js'
import { fileLayer, resolveLayers, type ParsedSettings } from './parse.js'
import { isRecord } from './plain-data.js'

/** What settings are made of. */
export interface Written {
  /** Absolute: where the user is. */
  readonly start: string
  /** Of the settings file, or `start`. */
  readonly folder: string
  readonly file?: { readonly path: string; readonly content: unknown }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly overrides: readonly SettingsOverride[]
}

/** Flags over variables over the file over the defaults, checked. */
export function gatherSettings({ start, folder, file, env, overrides }: Written): ParsedSettings {
  return resolveLayers([
    ...(file === undefined ? [] : [layerOf(file.path, file.content, start)]),
    relativeTo(start, folder, environmentLayer(env)),
    relativeTo(start, folder, flagLayer(overrides)),
  ])
}

function layerOf(file: string, content: unknown, start: string): Layer {
  const origin = relative(start, file)
  if (isRecord(content)) return fileLayer(content, origin)
  throw new ChoraleError('CHORALE_SETTINGS_INVALID', `The settings file ${file} holds ${show(content)}, but settings are an object.`, {
    askedBy: origin,
    fix: 'write sections with keys, such as model: ./model.ts',
  })
}

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
