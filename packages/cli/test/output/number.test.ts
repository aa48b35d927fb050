import { expect, test } from 'vitest'

import { counted, formatBytes, formatCount, formatSeconds, formatValue } from '../../src/output/number.js'

test.each([
  [0.123456, 0.01, '0.1235'],
  [12.3456, 1, '12.35'],
  [1234.56, 100, '1235'],
  [-0.5, 0.02, '-0.5000'],
  [5, 1e-9, '5.000000'],
  [0, 1, '0'],
])('%f with standard error %f is shown as %s: three digits of the error, six decimals at most', (value, scale, text) => {
  expect(formatValue(value, scale)).toBe(text)
})

test('values far below the sixth decimal are not shown as zero', () => {
  expect(formatValue(1.23456e-7, 1e-8)).toBe('1.235e-7')
  expect(formatValue(1e-8, 1e-8)).toBe('1.00e-8')
})

test('large values keep the digits that their standard error supports', () => {
  expect(formatValue(123456789, 1000)).toBe('1.234568e+8')
  expect(formatValue(1.5e9, 1e9)).toBe('1.50e+9')
})

test('what is no number is shown as it is, and a standard error of zero counts as one', () => {
  expect(formatValue(NaN, 1)).toBe('NaN')
  expect(formatValue(-Infinity, 1)).toBe('-Infinity')
  expect(formatValue(2.5, 0)).toBe('2.50')
})

test('counts are whole and grouped, in every locale', () => {
  expect(formatCount(1234567.4)).toBe('1,234,567')
  expect(formatCount(null)).toBe('-')
})

test.each([
  [2.4, '2 s'],
  [59.6, '1 min 00 s'],
  [125, '2 min 05 s'],
  [3840, '1 h 04 min'],
])('%f seconds are %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text)
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1234, '1.2 kB'],
  [9_960, '10 kB'],
  [999_600, '1.0 MB'],
  [310_400_000, '310 MB'],
  [4.5e9, '4.5 GB'],
  [2e15, '2000 TB'],
])('%f bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('words agree with their number', () => {
  expect([counted(1, 'row'), counted(2000, 'row'), counted(0, 'shard')]).toEqual(['1 row', '2,000 rows', '0 shards'])
})
