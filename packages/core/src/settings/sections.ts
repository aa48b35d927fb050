import { z } from 'zod'

import type { Json, JsonObject } from '../contracts/index.js'
import { settingsSchema, type Settings } from './schema.js'

/** The sections that pass options on to what they name. */
export const NAMED_SECTIONS: readonly string[] = ['backend', 'sampling', 'combination']
export const OPEN_SECTIONS: readonly string[] = ['data', ...NAMED_SECTIONS]

/** The object inside optional, default and pipe wrappers and unions: the one with keys. */
function objectOf(schema: unknown): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault) return objectOf(schema.unwrap())
  if (schema instanceof z.ZodPipe) return objectOf(schema.in)
  if (schema instanceof z.ZodUnion) return schema.options.map(objectOf).find(option => option !== undefined)
  return undefined
}

const KEYS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(settingsSchema.shape).map(([section, schema]) => [section, Object.keys(objectOf(schema)?.shape ?? {})]),
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
