import { Ajv2020 } from 'ajv/dist/2020.js'

import { ChoraleError, type JsonSchemaObject, type OptionsSchema, type StandardSchema } from '../contracts/index.js'
import { nearest } from '../settings/nearest.js'
import { KINDS, type Found, type Kind } from './kinds.js'

interface Issue {
  readonly path: string
  readonly message: string
}

const isStandard = (schema: OptionsSchema): schema is StandardSchema => '~standard' in schema

/** Checks options against a definition's schema and fills in its defaults. A definition without a schema takes no options. */
export function checkOptions(
  kind: Kind,
  definition: { readonly name: string; readonly options?: OptionsSchema },
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result = definition.options === undefined ? withoutSchema(options) : isStandard(definition.options) ? standard(definition.options, options) : jsonSchema(definition.options, options)
  if ('value' in result) return result.value as Record<string, unknown>
  const [first] = result.issues
  const { words, setting } = KINDS[kind]
  const section = setting.split('.')[0]!
  throw new ChoraleError(
    'CHORALE_OPTIONS_INVALID',
    `The ${words} "${definition.name}" does not take these options: ${result.issues.map(({ path, message }) => `${path ? `${section}.${path}: ` : ''}${message}`).join('; ')}`,
    { askedBy: `${section}.${first?.path ?? ''}`, ...hint(definition.options, first) },
  )
}

type Result = { readonly value: unknown } | { readonly issues: readonly Issue[] }

function withoutSchema(options: Readonly<Record<string, unknown>>): Result {
  const names = Object.keys(options)
  return names.length === 0 ? { value: {} } : { issues: names.map(name => ({ path: name, message: 'unknown option; it takes none' })) }
}

function standard(schema: StandardSchema, options: unknown): Result {
  const result = schema['~standard'].validate(options)
  if (result instanceof Promise) return { issues: [{ path: '', message: 'its schema validates asynchronously, which options do not support' }] }
  if (result.issues === undefined) return { value: result.value }
  const step = (part: PropertyKey | { readonly key: PropertyKey }): string => String(typeof part === 'object' ? part.key : part)
  return { issues: result.issues.map(({ path, message }) => ({ path: (path ?? []).map(step).join('.'), message })) }
}

function jsonSchema(schema: JsonSchemaObject, options: Readonly<Record<string, unknown>>): Result {
  const ajv = new Ajv2020({ allErrors: true, useDefaults: true, strict: false })
  const value = structuredClone(options)
  const validate = ajv.compile({ additionalProperties: false, ...schema })
  if (validate(value)) return { value }
  return {
    issues: (validate.errors ?? []).map(error => {
      const extra = (error.params as { additionalProperty?: string }).additionalProperty
      const path = [...error.instancePath.split('/').filter(Boolean), ...(extra === undefined ? [] : [extra])].join('.')
      return { path, message: extra === undefined ? (error.message ?? 'is not valid') : 'unknown option' }
    }),
  }
}

function hint(schema: OptionsSchema | undefined, issue: Issue | undefined): { readonly available?: readonly string[]; readonly fix?: string } {
  if (schema === undefined || isStandard(schema) || !schema.properties) return {}
  const names = Object.keys(schema.properties)
  const [suggestion] = nearest(issue?.path ?? '', names)
  return { available: names, ...(suggestion ? { fix: `did you mean "${suggestion}"?` } : {}) }
}

/** `checkOptions` for something found in the registry. */
export const optionsOf = (found: Found<Kind>, options: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  checkOptions(found.kind, found.definition as { name: string; options?: OptionsSchema }, options)
