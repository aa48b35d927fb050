import { describe, expect, test } from 'vitest'
import { z } from 'zod'

import type { OptionsSchema } from '../../src/contracts/index.js'
import { checkOptions } from '../../src/plugins/index.js'
import { errorOf } from '../error-of.js'

const check = (schema: OptionsSchema | undefined, options: Record<string, unknown>) =>
  checkOptions('backend', schema ? { name: 'tape', options: schema } : { name: 'tape' }, options)

const standard = (schema: z.ZodType): OptionsSchema => schema as unknown as OptionsSchema

const zodSchema = z.object({
  walltime: z.int().min(1).default(60),
  queue: z.string().optional(),
  retry: z.object({ times: z.int() }).optional(),
})
const jsonSchema: OptionsSchema = {
  type: 'object',
  properties: {
    walltime: { type: 'integer', minimum: 1, default: 60 },
    queue: { type: 'string' },
    retry: { type: 'object', properties: { times: { type: 'integer' } }, additionalProperties: false },
  },
}

describe.each([
  ['a Standard Schema (zod)', standard(zodSchema)],
  ['a JSON Schema', jsonSchema],
])('options checked with %s', (_, schema) => {
  test('are passed on, with defaults filled in', () => {
    expect(check(schema, { queue: 'long' })).toEqual({ walltime: 60, queue: 'long' })
  })

  test('are not changed themselves', () => {
    const options = {}
    check(schema, options)
    expect(options).toEqual({})
  })

  test('that do not exist are refused, with the one that may have been meant', async () => {
    const error = await errorOf(() => check(schema, { walltme: 5 }))
    expect(error.code).toBe('CHORALE_OPTIONS_INVALID')
    expect(error.message).toBe('The backend "tape" does not take these options: backend.walltme: unknown option')
    expect(error.details).toMatchObject({ askedBy: 'backend.walltme', fix: 'rename walltme to walltime' })
    expect(error.details.available).toContain('walltime')
  })

  test('of a wrong type are refused with their path and no suggestion', async () => {
    const error = await errorOf(() => check(schema, { walltime: 'long' }))
    expect(error.message).toMatch(/does not take these options: backend\.walltime: /)
    expect(error.details).toEqual({ askedBy: 'backend.walltime' })
  })

  test('that are wrong deep inside are named by the whole path', async () => {
    expect((await errorOf(() => check(schema, { retry: { times: 'x' } }))).details.askedBy).toBe('backend.retry.times')
  })

  test('are all reported at once', async () => {
    expect((await errorOf(() => check(schema, { walltime: 0, queue: 7 }))).message).toMatch(/backend\.walltime: .*; backend\.queue: /)
  })
})

describe('a Standard Schema', () => {
  test('that refuses unknown keys itself is left to it', async () => {
    expect((await errorOf(() => check(standard(z.strictObject({ a: z.number() })), { a: 1, b: 2 }))).message).toContain('"b"')
  })

  test('may keep other keys', () => {
    expect(check(standard(z.looseObject({ a: z.number() })), { a: 1, b: 2 })).toEqual({ a: 1, b: 2 })
  })

  test('may rename options', () => {
    const renaming = z.object({ hours: z.number().default(1) }).transform(({ hours }) => ({ seconds: hours * 3600 }))
    expect(check(standard(renaming), { hours: 2 })).toEqual({ seconds: 7200 })
  })

  test('that validates asynchronously is refused', async () => {
    const schema: OptionsSchema = { '~standard': { version: 1, vendor: 'x', validate: () => new Promise<never>(() => undefined) } }
    expect((await errorOf(() => check(schema, {}))).message).toContain('backend: its schema validates asynchronously')
  })
})

describe('a JSON Schema', () => {
  test('says which option is missing', async () => {
    const error = await errorOf(() => check({ type: 'object', properties: { queue: { type: 'string' } }, required: ['queue'] }, {}))
    expect(error.message).toContain("backend: must have required property 'queue'")
  })

  test('may allow other options', () => {
    expect(check({ type: 'object', additionalProperties: true }, { a: 1 })).toEqual({ a: 1 })
  })

  test('that is none is the plugin’s fault', async () => {
    const broken = { type: 'object', properties: { a: { type: 'numbr' } } } as const
    expect((await errorOf(() => check(broken, {}))).code).toBe('CHORALE_PLUGIN_INVALID')
  })
})

describe('without a schema', () => {
  test('no options are fine', () => expect(check(undefined, {})).toEqual({}))

  test('any option is refused', async () => {
    const error = await errorOf(() => check(undefined, { queue: 'long' }))
    expect(error.message).toContain('backend.queue: unknown option; it takes none')
    expect(error.details.fix).toBe('remove queue')
  })
})

test('the path begins with the section of the kind', async () => {
  const error = await errorOf(() => checkOptions('combiner', { name: 'x' }, { a: 1 }))
  expect(error.details.askedBy).toBe('combination.a')
})
