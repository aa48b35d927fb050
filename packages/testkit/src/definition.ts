import type { Json, JsonSchemaObject, OptionsSchema, StandardSchema } from '@chorale/core/contracts'
import { demand, type Check } from './check.js'

/** What every definition of a plugin has. */
export interface AnyDefinition {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  readonly options?: OptionsSchema
}

const NAME = /^[a-z][a-z0-9_-]*$/

const isStandardSchema = (schema: OptionsSchema): schema is StandardSchema => '~standard' in schema

function demandStandardSchema(schema: StandardSchema): void {
  const standard = schema['~standard']
  demand(standard.version === 1, `options["~standard"].version is ${String(standard.version)}; it must be 1`)
  demand(typeof standard.validate === 'function', 'options["~standard"].validate is not a function')
  for (const value of [{}, null, { 'no such option': 1 }]) {
    const outcome = standard.validate(value)
    demand(!(outcome instanceof Promise), 'the options schema validates asynchronously; settings are checked synchronously')
    demand('value' in outcome || Array.isArray(outcome.issues), 'the options schema returns neither a value nor issues')
  }
}

function demandJsonSchema(schema: JsonSchemaObject): void {
  demand(schema.type === 'object', `the options schema has type "${String(schema.type)}"; options are an object`)
  demand(JSON.stringify(JSON.parse(JSON.stringify(schema))) === JSON.stringify(schema), 'the options schema is not plain JSON')
  const known = Object.keys(schema.properties ?? {})
  const unknown = (schema.required ?? []).filter(name => !known.includes(name))
  demand(unknown.length === 0, `the options schema requires ${unknown.join(', ')}, which is not among its properties`)
}

/** Options with the defaults that a JSON Schema has for them. */
function withDefaults({ properties = {} }: JsonSchemaObject, options: unknown): unknown {
  const defaults = Object.entries(properties).flatMap(([name, property]) => {
    const { default: value } = Object(property) as { readonly default?: Json }
    return value === undefined ? [] : [[name, structuredClone(value)] as const]
  })
  return { ...Object.fromEntries(defaults), ...Object(options) }
}

/** The value that `create`, `combine` or `load` gets for `options`: validated when the schema can do that by itself, and with its defaults, as in a run. */
export function readOptions(schema: OptionsSchema | undefined, options: unknown): unknown {
  if (schema === undefined) return options
  if (!isStandardSchema(schema)) return withDefaults(schema, options)
  const outcome = schema['~standard'].validate(options)
  demand(!(outcome instanceof Promise), 'the options schema validates asynchronously; settings are checked synchronously')
  demand(
    outcome.issues === undefined,
    () => `its own schema refuses the options: ${outcome.issues?.map(({ message }) => message).join('; ')}`,
  )
  return outcome.value
}

/** The checks that every kind of definition shares. `definitionOf` says where the definition is. */
export const definitionChecks = <S>(definitionOf: (subject: S) => AnyDefinition): readonly Check<S>[] => [
  {
    name: 'has a name that settings can use',
    run: subject => {
      const { name, aliases = [] } = definitionOf(subject)
      for (const one of [name, ...aliases]) {
        demand(typeof one === 'string' && NAME.test(one), `"${String(one)}" must match ${NAME.source}: it is written in settings`)
      }
      demand(new Set([name, ...aliases]).size === aliases.length + 1, 'a name is listed twice among name and aliases')
    },
  },
  {
    name: 'says in a line what it is',
    run: subject => {
      const { summary } = definitionOf(subject)
      demand(typeof summary === 'string' && summary.trim() !== '' && !summary.includes('\n'), 'summary must be one line of text')
    },
  },
  {
    name: 'has an options schema that can be used before anything is loaded',
    run: subject => {
      const { options } = definitionOf(subject)
      if (options === undefined) return
      if (isStandardSchema(options)) demandStandardSchema(options)
      else demandJsonSchema(options)
    },
  },
]
