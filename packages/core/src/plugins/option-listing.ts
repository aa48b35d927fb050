import type { Json, OptionsSchema } from '../contracts/index.js'

/** One option as its schema describes it. */
export interface OptionListing {
  readonly name: string
  /** Empty where the schema does not say. */
  readonly description: string
  /** What it may be, in words. */
  readonly type: string
  readonly default?: Json
}

/** The options of a definition; none for a schema that is no JSON Schema: what it takes only shows when it is asked. */
export function optionListings(schema: OptionsSchema | undefined): readonly OptionListing[] {
  if (schema === undefined || '~standard' in schema) return []
  return Object.entries(schema.properties ?? {}).map(([name, node]) => {
    const { description, default: value } = node as Node
    return { name, description: description ?? '', type: typeText(node as Node), ...(value === undefined ? {} : { default: value }) }
  })
}

interface Node {
  readonly description?: string
  readonly default?: Json
  readonly type?: string | readonly string[]
  readonly enum?: readonly Json[]
  readonly const?: Json
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
}

function typeText(node: Node): string {
  const alternatives = node.anyOf ?? node.oneOf
  if (alternatives) return [...new Set(alternatives.map(typeText))].join(' or ')
  if (node.enum) return node.enum.map(String).join(' | ')
  if (node.const !== undefined) return String(node.const)
  const types = [node.type ?? 'any value'].flat()
  return types.map(type => (type === 'boolean' ? 'true | false' : type)).join(' or ')
}
