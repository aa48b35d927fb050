import { expect, test } from 'vitest'

import { optionListings } from '../../src/plugins/option-listing.js'

test('options of a JSON Schema are listed with type, default and description', () => {
  const listed = optionListings({
    type: 'object',
    properties: {
      metric: { enum: ['diagonal', 'dense'], default: 'diagonal', description: 'Shape of the metric' },
      radius: { type: 'number', minimum: 0, default: 2 },
      early: { type: 'boolean' },
      start: { anyOf: [{ type: 'string' }, { type: 'object' }, { type: 'object' }] },
      inverse: { type: ['array', 'string'] },
      mode: { const: 'fast' },
      any: {},
    },
  })
  expect(listed).toEqual([
    { name: 'metric', type: 'diagonal | dense', default: 'diagonal', description: 'Shape of the metric' },
    { name: 'radius', type: 'number', default: 2, description: '' },
    { name: 'early', type: 'true | false', description: '' },
    { name: 'start', type: 'string or object', description: '' },
    { name: 'inverse', type: 'array or string', description: '' },
    { name: 'mode', type: 'fast', description: '' },
    { name: 'any', type: 'any value', description: '' },
  ])
})

test('what takes no options, or says so only when asked, lists none', () => {
  const standard = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } } as const
  expect([optionListings(undefined), optionListings(standard)]).toEqual([[], []])
})
