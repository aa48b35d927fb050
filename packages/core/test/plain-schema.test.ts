import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { plainOptions } from '../src/plain-schema.js'

/** What a validator makes of options; undefined where it refuses them. */
function validated(schema: object, options: object): unknown {
  const value: unknown = structuredClone(options)
  return new Ajv2020({ allErrors: true, useDefaults: true, strict: false, logger: false }).compile(schema)(value) ? value : undefined
}

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    metric: { enum: ['diagonal', 'dense'], default: 'diagonal', description: 'x' },
    radius: { type: 'number', minimum: 0, default: 2 },
    starts: { type: 'integer', exclusiveMinimum: 0, maximum: 9 },
    name: { type: 'string', minLength: 1 },
    longer: { type: 'string', minLength: 3 },
    on: { type: 'boolean', default: false },
    values: { anyOf: [{ type: 'string' }, { type: 'object', additionalProperties: { type: ['number', 'array'] } }] },
    columns: { type: 'object', additionalProperties: { type: 'array', minItems: 1, items: { type: ['number', 'string', 'null'] } } },
    deep: { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
  },
}

describe('options that plainly meet their schema', () => {
  test('get its defaults, and are not changed themselves', () => {
    const options = { columns: { y: [1, null, 'x'] }, starts: 3 }
    expect(plainOptions(SCHEMA, options)).toEqual({ ...options, metric: 'diagonal', radius: 2, on: false })
    expect(options).toEqual({ columns: { y: [1, null, 'x'] }, starts: 3 })
  })

  const names = fc.constantFrom(...Object.keys(SCHEMA.properties), 'other')
  const leaf = fc.oneof(fc.string(), fc.double(), fc.integer({ min: -1, max: 10 }), fc.boolean(), fc.constantFrom('dense', null, '😀'))
  const inner = fc.dictionary(fc.constantFrom('a', 'y'), fc.oneof(leaf, fc.array(leaf)))
  test('are what a validator accepts, and makes of them', () => {
    fc.assert(
      fc.property(fc.dictionary(names, fc.oneof(leaf, fc.array(leaf), inner)), options => {
        const plain = plainOptions(SCHEMA, options)
        if (plain !== undefined) expect(plain).toEqual(validated(SCHEMA, options))
      }),
      { numRuns: 1000, seed: 4 },
    )
  })
})

test.each([
  ['an unknown type', { type: 'object', properties: { a: { type: 'numbr' } } }],
  ['an unknown keyword', { type: 'object', properties: { a: { pattern: 'x' } } }],
  [
    'defaults inside of defaults',
    { type: 'object', properties: { a: { type: 'object', default: {}, properties: { b: { default: 1 } } } } },
  ],
  ['something that is missing', { type: 'object', required: ['a'] }],
])('nothing is said about a schema with %s', (_what, schema) => expect(plainOptions(schema, {})).toBeUndefined())
