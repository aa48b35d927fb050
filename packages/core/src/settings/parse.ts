import type { z } from 'zod'

import { ONCE } from '../check-once.js'
import { canonicalize } from './canonical.js'
import { settingsError, type SettingsIssue } from './issue.js'
import { keysAt, nodeAt, typeText } from './json-schema.js'
import { leaves, mergeLayers, type Layer, type Merged } from './layers.js'
import { nearest } from './nearest.js'
import { isRecord } from './plain-data.js'
import { plainSettings } from './plain-settings.js'
import { settingsSchema, type Settings } from './schema.js'
import { ALL_KEYS } from './sections.js'

export interface ParsedSettings {
  readonly settings: Settings
  /** Dotted path of every value (lists and inline columns count as one) -> `default`, or the file, variable or flag that gave it. */
  readonly origins: ReadonlyMap<string, string>
  /** What was left out, and why. */
  readonly warnings: readonly string[]
}

/**
 * Checks settings and fills in the defaults. `origin` stands in messages for where they come from.
 *
 * Throws `CHORALE_SETTINGS_UNKNOWN_KEY`, `CHORALE_SETTINGS_INVALID` or `CHORALE_SETTINGS_UNSUPPORTED` with every issue in the message.
 */
export function parseSettings(input: object, origin = 'settings'): Settings {
  return resolveLayers([fileLayer(input as Record<string, unknown>, origin)]).settings
}

/** The layer of an object that was read from one place. */
export function fileLayer(input: Readonly<Record<string, unknown>>, origin: string): Layer {
  const { entries, issues } = canonicalize(input, origin)
  const order = Object.entries(input).flatMap(([key, value]) => [
    key,
    ...(isRecord(value) ? Object.keys(value).map(inner => `${key}.${inner}`) : []),
  ])
  return { lastWins: false, entries: entries.map(entry => ({ ...entry, origin })), issues, order: order.map(path => ({ origin, path })) }
}

/** Merges layers, checks the result, and tells where every value comes from. */
export function resolveLayers(layers: readonly Layer[]): ParsedSettings {
  const merged = mergeLayers(layers)
  const checked = checkSettings(merged.tree)
  const issues = [
    ...layers.flatMap(layer => layer.issues),
    ...merged.issues,
    ...(checked.success ? [] : toIssues(checked.error.issues, merged)),
  ]
  if (issues.length > 0 || !checked.success) throw settingsError(inOrderOfWriting(issues, layers))
  const origins = new Map(leaves(checked.data).map(([path]) => [path.join('.'), merged.sources.get(path.join('.'))?.origin ?? 'default']))
  return { settings: checked.data, origins, warnings: merged.warnings }
}

function checkSettings(tree: Merged['tree']) {
  const plain = plainSettings(tree)
  return plain ? ({ success: true, data: plain } as const) : settingsSchema().safeParse(tree, ONCE)
}

function inOrderOfWriting(issues: readonly SettingsIssue[], layers: readonly Layer[]): readonly SettingsIssue[] {
  const order = layers.flatMap(layer => layer.order)
  const rank = (issue: SettingsIssue): number =>
    order.findLastIndex(({ origin, path }) => origin === issue.origin && (path === issue.path || issue.path.startsWith(`${path}.`)))
  return [...issues].sort((a, b) => rank(a) - rank(b))
}

type ZodIssue = z.core.$ZodIssue

/** A union that fails inside one alternative is about that alternative. */
function innermost(issue: ZodIssue): readonly ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const alternative = issue.errors.find(
    errors => errors.length > 0 && errors.every(error => error.path.length > 0 || error.code === 'unrecognized_keys'),
  )
  if (!alternative) return [issue]
  return alternative.flatMap(error => innermost({ ...error, path: [...issue.path, ...error.path] }))
}

const toIssues = (issues: readonly ZodIssue[], merged: Merged): readonly SettingsIssue[] =>
  issues.flatMap(innermost).flatMap((issue): readonly SettingsIssue[] => {
    const path = issue.path.map(String)
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(path)
      return issue.keys.map(key => {
        const elsewhere = ALL_KEYS.filter(setting => setting.endsWith(`.${key}`))
        return { kind: 'unknown', ...origin([...path, key], merged), nearest: [...elsewhere, ...nearest(key, known)], known }
      })
    }
    const value = path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], merged.tree)
    const at = origin(path, merged)
    if (issue.code === 'custom') return [{ kind: 'refused', ...at, reason: issue.message }]
    const allowed = typeText(nodeAt(path))
    return [value === undefined ? { kind: 'missing', ...at, allowed } : { kind: 'invalid', ...at, value, allowed }]
  })

/** How the user wrote a path, and where: from the value itself, from what it is part of, or from what is part of it. */
function origin(path: readonly string[], { sources }: Merged): { readonly path: string; readonly origin: string } {
  for (let length = path.length; length > 0; length--) {
    const prefix = path.slice(0, length).join('.')
    const whole = sources.get(prefix)
    if (whole) return { path: [whole.written, ...path.slice(length)].join('.'), origin: whole.origin }
    const part = [...sources].find(([key]) => key.startsWith(`${prefix}.`))?.[1]
    if (part) return { path: path.join('.'), origin: part.origin }
  }
  return { path: path.join('.'), origin: 'default' }
}
