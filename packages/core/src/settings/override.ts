import { PLAIN_SETTINGS } from '../plain-schemas.js'
import { canonicalize, toCamelCase } from './canonical.js'
import type { SettingsIssue } from './issue.js'
import { nodeAt, type SchemaNode } from './json-schema.js'
import type { Layer, OriginalEntry } from './layers.js'
import { REFERENCE_ALIASES, REFERENCE_SECTIONS, REJECTED_NAMES } from './reference-names.js'
import { OPEN_SECTIONS, ownKeys, TOP_LEVEL_KEYS } from './sections.js'
import { parseYaml } from './yaml.js'

/** One setting from a flag: `{ path: 'sampling.draws', value: '500', origin: '--set sampling.draws=500' }`. */
export interface SettingsOverride {
  readonly path: string
  readonly value: string
  readonly origin: string
}

/** Flags: of two for one setting the last wins. */
export const flagLayer = (overrides: readonly SettingsOverride[]): Layer => ({ ...overrideLayer(overrides), lastWins: true })

/** Variables `CHORALE__SECTION__KEY`; case does not matter. Names with a single underscore after CHORALE are not settings. */
export function environmentLayer(env: Readonly<Record<string, string | undefined>>): Layer {
  const overrides = Object.entries(env).flatMap(([variable, value]) =>
    variable.toUpperCase().startsWith('CHORALE__') && value !== undefined
      ? [{ path: pathOfVariable(variable), value, origin: variable }]
      : [],
  )
  return { ...overrideLayer(overrides), lastWins: false }
}

function overrideLayer(overrides: readonly SettingsOverride[]): Omit<Layer, 'lastWins'> {
  const entries: OriginalEntry[] = []
  const issues: SettingsIssue[] = []
  for (const { path, value, origin } of overrides) {
    const keys = path.split('.')
    if (keys.some(key => key === '')) {
      issues.push({
        kind: 'refused',
        path,
        origin,
        reason: 'a path of a setting has names separated by single dots, such as sampling.draws',
      })
      continue
    }
    const read = readText(value, keys)
    if (read.failed !== undefined) {
      issues.push({ kind: 'refused', path, origin, reason: `${JSON.stringify(value)} is not a YAML or JSON value: ${read.failed}` })
      continue
    }
    const found = canonicalize(nest(keys, read.value), origin)
    issues.push(...found.issues)
    entries.push(...found.entries.map(entry => ({ ...entry, origin })))
  }
  return { entries, issues, order: overrides.map(({ path, origin }) => ({ path, origin })) }
}

const nest = (keys: readonly string[], value: unknown): Record<string, unknown> =>
  keys.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value) as Record<string, unknown>

/** YAML reads these as texts, but for three of them, and as numbers: without its library, which takes longer to load than to ask. */
const WORD = /^(?!(?:true|false|null)$)[a-z][a-z0-9_./-]*$/i
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/

/**
 * The value that a flag or variable means. Lists, objects and quoted texts are YAML (JSON included), and so are numbers, true, false and null;
 * anything else is a text as it stands. A setting that is always a text takes `2024` as one.
 */
export function readText(text: string, path: readonly string[]): { readonly value?: unknown; readonly failed?: string } {
  const trimmed = text.trim()
  const structured = /^[[{"']/.test(trimmed)
  const node = nodeAt(path, PLAIN_SETTINGS as SchemaNode)
  if (!structured && node.type === 'string' && node.enum === undefined) return { value: text }
  if (WORD.test(trimmed)) return { value: text }
  if (NUMBER.test(trimmed)) return { value: Number(trimmed) }
  try {
    const value: unknown = parseYaml(trimmed, { logLevel: 'error' })
    const plain = value === null || typeof value === 'number' || typeof value === 'boolean'
    return { value: structured || (plain && trimmed !== '' && !/\s#/.test(trimmed)) ? value : text }
  } catch (error) {
    return structured ? { failed: (error as Error).message.split('\n')[0]! } : { value: text }
  }
}

/** `CHORALE__SAMPLING__TARGET_ACCEPT_PROB` -> `sampling.targetAcceptProb`. Names that exist nowhere stay in lower case, for the message. */
function pathOfVariable(variable: string): string {
  const [first = '', second, ...rest] = variable.slice('CHORALE__'.length).split('__')
  const section = match(first, [...TOP_LEVEL_KEYS, ...Object.keys(REFERENCE_SECTIONS), ...REFERENCE_NAMES])
  if (second === undefined) return section
  const canonical = REFERENCE_SECTIONS[section] ?? section
  const key = match(second, [...ownKeys(canonical), ...REFERENCE_NAMES])
  const open = OPEN_SECTIONS.includes(canonical) && !ownKeys(canonical).includes(key) && !REFERENCE_NAMES.includes(key)
  return [section, open ? toCamelCase(key) : key, ...rest.map(name => toCamelCase(name.toLowerCase()))].join('.')
}

const REFERENCE_NAMES: readonly string[] = [...REFERENCE_ALIASES.map(({ name }) => name), ...REJECTED_NAMES.flatMap(({ names }) => names)]

const match = (name: string, candidates: readonly string[]): string => {
  const lower = name.toLowerCase()
  return (
    candidates.find(candidate => candidate.toLowerCase() === lower) ??
    candidates.find(candidate => candidate.toLowerCase() === lower.replaceAll('_', '')) ??
    lower
  )
}
