import { nearest } from './nearest.js'
import { isModelObject, isRecord } from './plain-data.js'
import { REFERENCE_ALIASES, REFERENCE_SECTIONS, REJECTED_NAMES } from './reference-names.js'
import { ALL_KEYS, NAMED_SECTIONS, OPEN_SECTIONS, ownKeys, TOP_LEVEL_KEYS } from './sections.js'
import type { SettingsIssue } from './issue.js'

/** One setting under its canonical path (`sampling.draws`), and how the user wrote it (`per_shard_mcmc.num_samples`). */
export interface Entry {
  readonly path: readonly string[]
  readonly value: unknown
  readonly written: string
}

export interface Canonical {
  readonly entries: readonly Entry[]
  readonly issues: readonly SettingsIssue[]
}

/** `target_accept_prob` -> `targetAcceptProb` */
export const toCamelCase = (name: string): string => name.replaceAll(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** Splits what a user wrote into single settings under their canonical names. Unknown and rejected names become issues. */
export function canonicalize(input: Readonly<Record<string, unknown>>, origin: string): Canonical {
  const unsafe = unsafePaths(input)
  if (unsafe.length > 0) return { entries: [], issues: unsafe.map(({ path, reason }) => ({ kind: 'refused', path, origin, reason })) }
  const found: Canonical[] = []
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined) continue
    const section = Object.hasOwn(REFERENCE_SECTIONS, key) ? REFERENCE_SECTIONS[key]! : key
    if (section === null || TOP_LEVEL_KEYS.includes(section)) found.push(readSection(section, key, value, origin))
    else
      found.push(
        field(key, key, value, origin) ?? unknown(key, key, origin, [...TOP_LEVEL_KEYS, ...REFERENCE_ALIASES.map(({ name }) => name)]),
      )
  }
  return { entries: found.flatMap(({ entries }) => entries), issues: found.flatMap(({ issues }) => issues) }
}

/** What no walk over settings survives: objects that contain themselves, and keys that would change the prototype of an object. */
function unsafePaths(
  value: unknown,
  path: readonly string[] = [],
  above: readonly unknown[] = [],
): readonly { path: string; reason: string }[] {
  if (!isRecord(value) || isModelObject(value)) return []
  if (above.includes(value)) return [{ path: path.join('.'), reason: 'an object that contains itself is no setting' }]
  return Object.entries(value).flatMap(([key, entry]) =>
    key === '__proto__'
      ? [{ path: [...path, key].join('.'), reason: 'no setting and no option can have this name' }]
      : unsafePaths(entry, [...path, key], [...above, value]),
  )
}

function readSection(section: string | null, writtenSection: string, value: unknown, origin: string): Canonical {
  if (section !== null && NAMED_SECTIONS.includes(section) && typeof value === 'string')
    return one([section, 'name'], value, writtenSection)
  const whole =
    section !== null && (ownKeys(section).length === 0 || !isRecord(value) || isModelObject(value) || Object.keys(value).length === 0)
  if (whole) return one([section], value, writtenSection)
  if (!isRecord(value)) return { entries: [], issues: [{ kind: 'invalid', path: writtenSection, value, origin, allowed: 'an object' }] }
  const found = Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .map(([key, entry]) => readKey(section, key, `${writtenSection}.${key}`, entry, origin, writtenSection))
  return { entries: found.flatMap(({ entries }) => entries), issues: found.flatMap(({ issues }) => issues) }
}

function readKey(section: string | null, key: string, written: string, value: unknown, origin: string, writtenSection: string): Canonical {
  const own = section === null ? [] : ownKeys(section)
  if (section !== null && own.includes(key)) return one([section, key], value, written)
  if (section !== null && key.includes('_') && own.includes(toCamelCase(key))) return one([section, toCamelCase(key)], value, written)
  const known = field(key, written, value, origin, section ?? writtenSection)
  if (known) return known
  if (section !== null && OPEN_SECTIONS.includes(section)) return one([section, key], value, written)
  const names = [...own, ...REFERENCE_ALIASES.filter(alias => alias.sections.includes(section ?? writtenSection)).map(({ name }) => name)]
  return unknown(key, written, origin, names)
}

/** A name of the Python reference at the top level, or in a section that it belongs to. */
function field(key: string, written: string, value: unknown, origin: string, section?: string): Canonical | undefined {
  const here = (entry: { readonly sections: readonly string[]; readonly nested?: true }): boolean =>
    section === undefined ? !entry.nested : entry.sections.includes(section)
  const alias = REFERENCE_ALIASES.find(entry => entry.name === key && here(entry))
  if (alias) {
    const translated = alias.values?.find(([from]) => from === value)
    return one(alias.to.split('.'), translated ? translated[1] : value, written)
  }
  const rejected = REJECTED_NAMES.find(entry => entry.names.includes(key) && here(entry))
  if (!rejected) return undefined
  if (rejected.accepted !== undefined && rejected.accepted === value) return { entries: [], issues: [] }
  return { entries: [], issues: [{ kind: 'unsupported', path: written, origin, reason: rejected.reason, fix: rejected.fix }] }
}

/** The same key in another section first, then similar names here, then similar names anywhere. */
function unknown(key: string, written: string, origin: string, names: readonly string[]): Canonical {
  const elsewhere = ALL_KEYS.filter(path => path.split('.').at(-1) === toCamelCase(key))
  const similar = nearest(key, names)
  const anywhere =
    similar.length > 0
      ? []
      : nearest(
          key,
          ALL_KEYS.map(path => path.split('.').at(-1)!),
        ).flatMap(last => ALL_KEYS.filter(path => path.endsWith(`.${last}`)))
  return {
    entries: [],
    issues: [{ kind: 'unknown', path: written, origin, nearest: [...elsewhere, ...similar, ...anywhere].slice(0, 3), known: names }],
  }
}

const one = (path: readonly string[], value: unknown, written: string): Canonical => ({ entries: [{ path, value, written }], issues: [] })
