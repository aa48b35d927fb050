import type { Json, JsonObject } from '../contracts/index.js'
import { PLAIN_SETTINGS, type PlainNode } from '../plain-schemas.js'
import type { Settings } from './schema.js'

/** The sections that pass options on to what they name. */
export const NAMED_SECTIONS: readonly string[] = ['backend', 'sampling', 'combination']
export const OPEN_SECTIONS: readonly string[] = ['data', ...NAMED_SECTIONS]

/** What a section asks for that is an object with keys of its own; undefined for a setting that is no section. */
export const sectionNode = (section: string): PlainNode | undefined => {
  const node = PLAIN_SETTINGS.properties[section]
  return [node, ...(node?.anyOf ?? [])].find(candidate => candidate?.properties !== undefined)
}

const KEYS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.keys(PLAIN_SETTINGS.properties).map(section => [section, Object.keys(sectionNode(section)?.properties ?? {})]),
)

export const TOP_LEVEL_KEYS: readonly string[] = [...KEYS.keys()]

/** The keys of a section that are ours; none for a setting that is no section. */
export const ownKeys = (section: string): readonly string[] => KEYS.get(section) ?? []

/** Every setting as a dotted path: `model.path`, `sampling.draws`, `plugins`, ... */
export const ALL_KEYS: readonly string[] = [...KEYS].flatMap(([section, keys]) =>
  keys.length > 0 ? keys.map(key => `${section}.${key}`) : [section],
)

/** The options that a section passes on: its keys that are not ours. */
export function sectionOptions(settings: Settings, section: 'data' | 'backend' | 'sampling' | 'combination'): JsonObject {
  const own = ownKeys(section)
  return Object.fromEntries(
    Object.entries(settings[section] as Record<string, Json | undefined>).filter(
      ([key, value]) => !own.includes(key) && value !== undefined,
    ),
  ) as JsonObject
}
