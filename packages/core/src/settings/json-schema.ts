import { zod } from '../zod.js'
import { modelObject, pluginObject, settingsSchema, valueList } from './schema.js'

/** The part of JSON Schema that the settings use. */
export interface SchemaNode {
  readonly $schema?: string
  readonly title?: string
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly items?: SchemaNode
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: SchemaNode | false
  readonly required?: readonly string[]
  readonly anyOf?: readonly SchemaNode[]
  readonly not?: SchemaNode
}

let made: SchemaNode | undefined

/** The settings as a JSON Schema of what may be written, TypeScript-only values included as nodes that match nothing. */
export function settingsTree(): SchemaNode {
  made ??= zod().toJSONSchema(settingsSchema(), {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === modelObject() || zodSchema === pluginObject()) jsonSchema.not = {}
      if (zodSchema === valueList()) Object.assign(jsonSchema, { type: 'array', items: { type: ['number', 'string', 'null'] } })
    },
  }) as SchemaNode
  return made
}

/** JSON Schema (draft 2020-12) of a settings file with the canonical names, for editors and other programs. */
export const settingsJsonSchema = (): SchemaNode => ({
  ...(publish(settingsTree()) as SchemaNode),
  title: 'Settings of Chorale',
})

/** Without alternatives that no file can hold, bounds that only say "fits a double", and defaults of sections (their keys have them). */
function publish(node: unknown): unknown {
  if (Array.isArray(node)) return node.filter(entry => (entry as SchemaNode | null)?.not === undefined).map(publish)
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => !(key === 'maximum' && value === Number.MAX_SAFE_INTEGER) && !(key === 'default' && isEmptyObject(value)))
      .map(([key, value]) => [key, publish(value)]),
  )
}

const isEmptyObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0

/** The node of a setting, or of the nearest setting above it. */
export function nodeAt(path: readonly string[], from: SchemaNode = settingsTree()): SchemaNode {
  const [key, ...rest] = path
  if (key === undefined) return from
  for (const candidate of [from, ...(from.anyOf ?? [])]) {
    const next = candidate.properties && Object.hasOwn(candidate.properties, key) ? candidate.properties[key] : undefined
    if (next) return nodeAt(rest, next)
  }
  return from
}

/** The keys that an object at this place may have. */
export const keysAt = (path: readonly string[]): readonly string[] => {
  const node = nodeAt(path)
  return [node, ...(node.anyOf ?? [])].flatMap(({ properties }) => Object.keys(properties ?? {}))
}

/** What a value must be, in words: `"auto" or integer >= 1`. */
export function typeText(node: SchemaNode): string {
  if (node.anyOf) return [...new Set(node.anyOf.map(typeText))].join(' or ')
  if (node.not || node.pattern !== undefined) return node.description ?? 'value'
  if (node.const !== undefined) return JSON.stringify(node.const)
  if (node.enum) return node.enum.map(value => JSON.stringify(value)).join(' or ')
  switch (node.type) {
    case 'string':
      return 'text'
    case 'boolean':
      return 'true or false'
    case 'array':
      if (node.items?.type === 'number') return 'list of numbers'
      return node.items?.type === 'string' || node.items?.anyOf ? `list of ${typeText(node.items)}` : 'list of numbers or of texts'
    case 'object':
      if (node.properties) return 'object'
      return `map of names to ${node.additionalProperties && node.additionalProperties.anyOf ? typeText(node.additionalProperties) : 'lists'}`
    default:
      return `${node.type ?? 'value'}${bounds(node)}`
  }
}

function bounds(node: SchemaNode): string {
  const largest = node.maximum === Number.MAX_SAFE_INTEGER ? undefined : node.maximum
  const limits = [
    ['>=', node.minimum],
    ['>', node.exclusiveMinimum],
    ['<=', largest],
    ['<', node.exclusiveMaximum],
  ] as const
  const texts = limits.flatMap(([sign, limit]) => (limit === undefined ? [] : [`${sign} ${limit}`]))
  return texts.length === 0 ? '' : ` ${texts.join(' and ')}`
}
