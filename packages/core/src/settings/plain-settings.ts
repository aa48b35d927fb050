import { PLAIN_SETTINGS, type PlainNode } from '../plain-schemas.js'
import { isPlainlyValid } from '../plain-schema.js'
import { isRecord, isValueList, optionIssues } from './plain-data.js'
import type { Settings } from './schema.js'
import { OPEN_SECTIONS, ownKeys, sectionNode } from './sections.js'

type Values = Readonly<Record<string, unknown>>

/**
 * Settings with every default filled in, where they plainly are what the schema asks for; undefined where the schema must say: for what is wrong, for sizes
 * with a unit, and for what only TypeScript can hold.
 */
export function plainSettings(tree: Values): Settings | undefined {
  if (!Object.keys(tree).every(key => Object.hasOwn(PLAIN_SETTINGS.properties, key))) return undefined
  const settings: Record<string, unknown> = {}
  for (const [key, node] of Object.entries(PLAIN_SETTINGS.properties)) {
    const value = tree[key] === undefined ? node.default : tree[key]
    if (value === undefined) continue
    const found = ownKeys(key).length > 0 ? plainSection(key, value) : plainValue(node, value)
    if (found === undefined) return undefined
    settings[key] = found
  }
  return settings as unknown as Settings
}

const plainValue = (node: PlainNode, value: unknown): unknown => (isPlainlyValid(node, value) ? copy(value) : undefined)

/** Own keys in the order of the schema, then options. */
function plainSection(section: string, value: unknown): Values | undefined {
  if (!isRecord(value) || !Object.values(value).every(isPlainEntry) || (section === 'data' && !isPlainData(value))) return undefined
  if (OPEN_SECTIONS.includes(section) && optionIssues(value, ownKeys(section)).length > 0) return undefined
  const node = sectionNode(section)!
  const found: Record<string, unknown> = {}
  for (const [key, { default: byDefault }] of Object.entries(node.properties!)) {
    const entry = value[key] === undefined ? byDefault : value[key]
    if (entry !== undefined) found[key] = copy(entry)
  }
  for (const [key, entry] of Object.entries(value)) if (!Object.hasOwn(node.properties!, key)) found[key] = entry
  // The values of columns are judged by their own rule: the schema would look at each of them.
  if (!isPlainlyValid(node, section === 'data' && isRecord(found['columns']) ? { ...found, columns: [] } : found)) return undefined
  return section === 'data' && isRecord(found['columns']) ? { ...found, source: 'inline' } : found
}

/** To a schema of JSON an instance of a class is an object with keys. */
const isPlainEntry = (value: unknown): boolean => typeof value !== 'object' || value === null || Array.isArray(value) || isRecord(value)

/** A map of values is what the source `inline` reads, and nothing else does. */
function isPlainData({ source, columns }: Values): boolean {
  if (!isRecord(columns)) return source !== 'inline'
  return (source === undefined || source === 'inline') && Object.values(columns).every(isValueList)
}

const copy = (value: unknown): unknown => (Array.isArray(value) ? [...(value as unknown[])] : isRecord(value) ? { ...value } : value)
