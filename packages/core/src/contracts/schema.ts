import type { Json } from './json.js'

/**
 * A schema of the Standard Schema v1 interface (https://standardschema.dev): zod, valibot and arktype schemas are ones.
 * A plugin therefore needs no copy of the schema library that `core` uses. Options are checked synchronously: a schema that answers with a promise is refused.
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) =>
      | { readonly value: Output; readonly issues?: undefined }
      | {
          readonly issues: readonly {
            readonly message: string
            readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
          }[]
        }
      | Promise<unknown>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

/** A JSON Schema of an object, written as a literal: the form for a plugin that imports nothing. Checked with JSON Schema draft 2020-12. */
export interface JsonSchemaObject {
  readonly type: 'object'
  readonly properties?: { readonly [name: string]: Json }
  readonly required?: readonly string[]
  readonly additionalProperties?: Json
}

/** The options of a backend, sampler, combiner or data source. Validated, with the settings file's path in the message, before anything runs. */
export type OptionsSchema<Output = unknown> = StandardSchema<Output> | JsonSchemaObject
