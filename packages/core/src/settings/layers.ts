import { isDeepStrictEqual } from 'node:util'

import type { Entry } from './canonical.js'
import type { SettingsIssue } from './issue.js'
import { isModelObject, isRecord } from './plain-data.js'
import { NAMED_SECTIONS, ownKeys, sectionNode } from './sections.js'

export type OriginalEntry = Entry & { readonly origin: string }

/** Settings of one kind of origin; later layers win over earlier ones. */
export interface Layer {
  readonly entries: readonly OriginalEntry[]
  /** Found while the layer was read. */
  readonly issues: readonly SettingsIssue[]
  /** What was written, in order: issues are reported in this order. */
  readonly order: readonly { readonly origin: string; readonly path: string }[]
  /** In a file or in the environment two values for one setting are an error; of two flags the last wins. */
  readonly lastWins: boolean
}

/** Where a value comes from, and how it is called there. */
export interface Source {
  readonly origin: string
  readonly written: string
}

export interface Merged {
  readonly tree: Readonly<Record<string, unknown>>
  /** By dotted path of a leaf. */
  readonly sources: ReadonlyMap<string, Source>
  readonly issues: readonly SettingsIssue[]
  readonly warnings: readonly string[]
}

/** Values are replaced key by key, lists as a whole. */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const tree: Record<string, unknown> = {}
  const sources = new Map<string, Source>()
  const issues: SettingsIssue[] = []
  const warnings: string[] = []
  for (const { entries, lastWins } of layers) {
    const placed = new Map<string, OriginalEntry>()
    // Names first, so that options of the same layer belong to the name that the layer gives.
    for (const entry of [...entries].sort((a, b) => Number(isName(b.path)) - Number(isName(a.path)))) {
      const key = entry.path.join('.')
      const before = placed.get(key)
      if (before && !lastWins && !isRecord(entry.value)) {
        if (!isDeepStrictEqual(before.value, entry.value)) issues.push(conflict(before, entry))
        continue
      }
      if (isName(entry.path)) warnings.push(...leaveOutOptions(tree, sources, entry))
      placed.set(key, entry)
      placeInto(tree, sources, entry.path, entry.value, { origin: entry.origin, written: entry.written })
    }
  }
  return { tree, sources, issues, warnings }
}

const isName = (path: readonly string[]): boolean => path.length === 2 && path[1] === 'name' && NAMED_SECTIONS.includes(path[0]!)

const conflict = (first: OriginalEntry, second: OriginalEntry): SettingsIssue => ({
  kind: 'conflict',
  path: second.written,
  origin: second.origin,
  other: first.written,
  otherOrigin: first.origin,
  values: [first.value, second.value],
})

/** A leaf of the settings: everything but an object with keys of its own. */
export const isLeaf = (path: readonly string[], value: unknown): boolean =>
  !isRecord(value) || isModelObject(value) || Object.keys(value).length === 0 || path.join('.') === 'data.columns'

/** The leaves below a value, with their paths. */
export function leaves(value: unknown, path: readonly string[] = []): readonly (readonly [path: readonly string[], value: unknown])[] {
  if (path.length > 0 && isLeaf(path, value)) return [[path, value]]
  return Object.entries(value as Record<string, unknown>).flatMap(([key, entry]) =>
    entry === undefined ? [] : leaves(entry, [...path, key]),
  )
}

function placeInto(
  tree: Record<string, unknown>,
  sources: Map<string, Source>,
  path: readonly string[],
  value: unknown,
  source: Source,
): void {
  if (path.length === 1 && path[0] === 'model' && typeof value === 'string') {
    removeFrom(tree, sources, path)
    return placeInto(tree, sources, ['model', 'path'], value, source)
  }
  const parent = path.slice(0, -1).reduce((node, key, index) => {
    if (isLeaf([], node[key])) removeFrom(tree, sources, path.slice(0, index + 1))
    return (node[key] ??= {}) as Record<string, unknown>
  }, tree)
  const last = path.at(-1)!
  const whole = isLeaf(path, value)
  if (whole || isLeaf(path, parent[last])) removeFrom(tree, sources, path)
  if (whole) {
    parent[last] = value
    sources.set(path.join('.'), source)
    return
  }
  parent[last] ??= {}
  for (const [key, entry] of Object.entries(value as Record<string, unknown>))
    if (entry !== undefined) placeInto(tree, sources, [...path, key], entry, { ...source, written: `${source.written}.${key}` })
}

function removeFrom(tree: Record<string, unknown>, sources: Map<string, Source>, path: readonly string[]): void {
  const key = path.join('.')
  for (const known of [...sources.keys()]) if (known === key || known.startsWith(`${key}.`)) sources.delete(known)
  const parent = path.slice(0, -1).reduce<unknown>((node, step) => (isRecord(node) ? node[step] : undefined), tree)
  if (isRecord(parent)) Reflect.deleteProperty(parent, path.at(-1)!)
}

/** Options belong to what the section names: when another layer names something else, they go, and a warning says so. */
function leaveOutOptions(tree: Record<string, unknown>, sources: Map<string, Source>, entry: OriginalEntry): readonly string[] {
  const section = entry.path[0]!
  const before = tree[section]
  if (!isRecord(before)) return []
  const name = before['name'] ?? defaultName(section)
  if (name === entry.value || name === 'auto') return []
  const options = Object.keys(before).filter(key => !ownKeys(section).includes(key))
  return options.map(option => {
    const from =
      [...sources].find(([path]) => path === `${section}.${option}` || path.startsWith(`${section}.${option}.`))?.[1].origin ?? ''
    removeFrom(tree, sources, [section, option])
    return `${section}.${option} (${from}) is an option of "${String(name)}" and is left out, because ${entry.origin} chooses "${String(entry.value)}"`
  })
}

const defaultName = (section: string): unknown => sectionNode(section)?.properties?.['name']?.default
