import { isDeepStrictEqual } from 'node:util'

import type * as Ajv from 'ajv/dist/2020.js'

import { ChoraleError, type JsonSchemaObject, type OptionsSchema, type StandardSchema } from '../contracts/index.js'
import { library } from '../library.js'
import { nearest } from '../settings/nearest.js'
import { ownKeys } from '../settings/sections.js'
import { KINDS, type Found, type Kind } from './kinds.js'
import { plainOptions } from '../plain-schema.js'

type Options = Readonly<Record<string, unknown>>

interface Issue {
  readonly path: string
  readonly message: string
  /** For an option that does not exist: those that do. */
  readonly known?: readonly string[]
}

type Result = { readonly value: unknown } | { readonly issues: readonly Issue[] }

interface Definition {
  readonly name: string
  readonly options?: OptionsSchema
}

/**
 * Checks options against a definition's schema and fills in its defaults. A definition without a schema takes no options.
 * @throws ChoraleError CHORALE_OPTIONS_INVALID; CHORALE_PLUGIN_INVALID when the schema itself is not one
 */
export function checkOptions(kind: Kind, definition: Definition, options: Options): Record<string, unknown> {
  const result = validate(kind, definition, options)
  if ('value' in result) return result.value as Record<string, unknown>
  const { words, setting } = KINDS[kind]
  const section = setting.split('.')[0]!
  const at = (path: string): string => (path === '' ? section : `${section}.${path}`)
  const [first] = result.issues
  const said = result.issues.map(({ path, message }) => `${at(path)}: ${message}`)
  throw new ChoraleError('CHORALE_OPTIONS_INVALID', `The ${words} "${definition.name}" does not take these options: ${said.join('; ')}`, {
    askedBy: at(first?.path ?? ''),
    ...(first?.known ? alternatives(first.path, first.known, ownKeys(section)) : {}),
  })
}

/** A misspelt key of the section itself arrives here too, as what the section does not know is passed on: its keys are meant as well. */
function alternatives(
  option: string,
  known: readonly string[],
  ofSection: readonly string[],
): { readonly available: readonly string[]; readonly fix: string } {
  const [suggestion] = nearest(option, [...known, ...ofSection])
  return { available: known, fix: suggestion === undefined ? `remove ${option}` : `rename ${option} to ${suggestion}` }
}

function validate(kind: Kind, definition: Definition, options: Options): Result {
  const schema = definition.options
  if (schema === undefined) return Object.keys(options).length === 0 ? { value: {} } : { issues: unknownOptions(Object.keys(options), []) }
  return '~standard' in schema ? standard(schema, options) : jsonSchema(kind, definition.name, schema, options)
}

/** `known` are the names that exist; none of them: the definition takes no options. */
const unknownOptions = (names: readonly string[], known: readonly string[]): readonly Issue[] =>
  names.map(path => ({ path, message: known.length === 0 ? 'unknown option; it takes none' : 'unknown option', known }))

function standard(schema: StandardSchema, options: Options): Result {
  const result = schema['~standard'].validate(options)
  if (result instanceof Promise)
    return { issues: [{ path: '', message: 'its schema validates asynchronously, which options do not support' }] }
  if (result.issues === undefined) {
    const ignored = ignoredOptions(schema, options, result.value)
    return ignored.length === 0 ? { value: result.value } : { issues: unknownOptions(ignored, Object.keys(Object(result.value))) }
  }
  const step = (part: PropertyKey | { readonly key: PropertyKey }): string => String(typeof part === 'object' ? part.key : part)
  return { issues: result.issues.map(({ path, message }) => ({ path: (path ?? []).map(step).join('.'), message })) }
}

/**
 * Options that a schema drops without a word, as zod's `z.object` does: a misspelt one must not be lost. An option that leaves no trace of its name may
 * have been renamed by a transformation; only if the outcome is the same without it was it dropped.
 */
function ignoredOptions(schema: StandardSchema, options: Options, value: unknown): readonly string[] {
  return Object.keys(options).filter(name => {
    if (name in Object(value)) return false
    const without = schema['~standard'].validate(Object.fromEntries(Object.entries(options).filter(([other]) => other !== name)))
    return !(without instanceof Promise) && without.issues === undefined && isDeepStrictEqual(without.value, value)
  })
}

function jsonSchema(kind: Kind, name: string, schema: JsonSchemaObject, options: Options): Result {
  const plain = plainOptions({ additionalProperties: false, ...schema }, options)
  if (plain) return { value: plain }
  const check = compile(kind, name, schema)
  const value = structuredClone(options)
  if (check(value)) return { value }
  const known = Object.keys(schema.properties ?? {})
  return {
    issues: (check.errors ?? []).map(({ instancePath, params, message }): Issue => {
      const steps = instancePath.split('/').filter(Boolean)
      const { additionalProperty: extra } = params as { readonly additionalProperty?: string }
      if (extra === undefined) return { path: steps.join('.'), message: message ?? 'is not valid' }
      return { path: [...steps, extra].join('.'), message: 'unknown option', ...(steps.length === 0 ? { known } : {}) }
    }),
  }
}

function compile(kind: Kind, name: string, schema: JsonSchemaObject): Ajv.ValidateFunction {
  try {
    const { Ajv2020 } = library<typeof Ajv>('ajv/dist/2020.js')
    return new Ajv2020({ allErrors: true, useDefaults: true, strict: false, logger: false }).compile({
      additionalProperties: false,
      ...schema,
    })
  } catch (cause) {
    throw new ChoraleError('CHORALE_PLUGIN_INVALID', `The ${KINDS[kind].words} "${name}" declares options that are not a JSON Schema`, {
      fix: 'write options as a JSON Schema (draft 2020-12) of an object, or as a Standard Schema',
      cause,
    })
  }
}

/** `checkOptions` for something found in the registry. */
export const optionsOf = (found: Found<Kind>, options: Options): Record<string, unknown> =>
  checkOptions(found.kind, found.definition as Definition, options)
