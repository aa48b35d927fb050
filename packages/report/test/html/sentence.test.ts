import { expect, test } from 'vitest'

import { ordinal } from '../../src/html/number-text.js'
import { sentence } from '../../src/html/sentence.js'

test.each([
  ['the chains disagree', 'The chains disagree.'],
  ['a shard has few rows: use one', 'A shard has few rows: use one.'],
  ['non-centred is better!', 'Non-centred is better!'],
  ['k-hat 0.88 of it', 'k-hat 0.88 of it.'],
  ['sampling.warmup is 5', 'sampling.warmup is 5.'],
  ['theta spreads as tau says', 'theta spreads as tau says.'],
  ['theta[3] and beta are alike', 'theta[3] and beta are alike.'],
  ['z spreads', 'z spreads.'],
  ['τ spreads', 'τ spreads.'],
  ['', ''],
])('%s', (text, expected) => expect(sentence(text, new Set(['theta', 'z', 'τ']))).toBe(expected))

test('numbers in a row have the endings of the language', () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 50, 102, 111, 1003].map(ordinal)).toEqual([
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '13th',
    '21st',
    '50th',
    '102nd',
    '111th',
    '1,003rd',
  ])
})
