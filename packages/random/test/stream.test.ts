import { describe, expect, it } from 'vitest'
import {
  createStream,
  foldIn,
  normalInto,
  permutation,
  prngKey,
  threefry2x32,
  uniformInto,
  type Key,
  type RandomStream,
} from '../src/index.js'

const repeat = (count: number, next: () => number): number[] => Array.from({ length: count }, next)
const draw = (count: number, stream: RandomStream, kind: 'bits' | 'uniform' | 'normal'): number[] => repeat(count, () => stream[kind]())

/** Standardised error of the mean of f over the draws, given its exact mean and variance. */
const zOf = (draws: readonly number[], f: (x: number) => number, mean: number, variance: number): number =>
  (draws.reduce((sum, x) => sum + f(x), 0) / draws.length - mean) / Math.sqrt(variance / draws.length)

describe('a stream', () => {
  it('does not depend on what other streams draw in between', () => {
    const alone = draw(50, createStream(prngKey(3)), 'normal')
    const stream = createStream(prngKey(3))
    const other = createStream(prngKey(4))
    const interleaved = repeat(50, () => {
      other.uniform()
      createStream(foldIn(prngKey(3), 1)).normal()
      return stream.normal()
    })
    expect(interleaved).toEqual(alone)
  })

  it('equals the filled vectors of the same key', () => {
    const uniforms = new Float64Array(7)
    const normals = new Float64Array(7)
    uniformInto(uniforms, prngKey(5))
    normalInto(normals, prngKey(5))
    expect([...uniforms]).toEqual(draw(7, createStream(prngKey(5)), 'uniform'))
    expect([...normals]).toEqual(draw(7, createStream(prngKey(5)), 'normal'))
  })

  it.each([0, 1, 2, 3, 64, 65, 127, 128, 129, 200, 1001])('fills a vector with the next %i normals, whatever was drawn before', length => {
    const before: readonly ((stream: RandomStream) => void)[] = [
      () => undefined,
      stream => stream.bits(),
      stream => stream.normal(),
      stream => (stream.bits(), stream.normal()),
      stream => (stream.uniform(), stream.normalsInto(new Float64Array(3))),
    ]
    for (const drawSome of before) {
      const [one, other] = [createStream(prngKey(9)), createStream(prngKey(9))]
      drawSome(one)
      drawSome(other)
      const normals = new Float64Array(length)
      one.normalsInto(normals)
      expect([...normals]).toEqual(draw(length, other, 'normal'))
      expect(draw(5, one, 'uniform')).toEqual(draw(5, other, 'uniform'))
      expect(one.normal()).toBe(other.normal())
    }
  })

  it('that restarts is a new one', () => {
    const stream = createStream(prngKey(1))
    stream.normal()
    stream.bits()
    const key: Key = [0xfedcba98, 0x80000001]
    stream.restart(key)
    const fresh = createStream(key)
    expect(draw(20, stream, 'normal')).toEqual(draw(20, fresh, 'normal'))
    expect(draw(20, stream, 'bits')).toEqual(draw(20, fresh, 'bits'))
  })

  it('encrypts one counter after another: blocks of threefry2x32 under the domain of streams', () => {
    const key = prngKey(2 ** 40 + 3)
    const stream = createStream(key)
    const normals = new Float64Array(1)
    const blocks = [0, 1, 2].flatMap(next => threefry2x32(key, [0x40000000, next]))
    expect(draw(4, stream, 'bits')).toEqual(blocks.slice(0, 4))
    stream.normalsInto(normals)
    const third = (blocks[4]! >>> 6) * 2 ** 26 + (blocks[5]! >>> 6)
    const [high, low] = threefry2x32(key, [0x40000000, 3])
    const fourth = (high >>> 6) * 2 ** 26 + (low >>> 6)
    const [radius, angle] = [Math.sqrt(-2 * Math.log((third + 0.5) / 2 ** 52)), 2 * Math.PI * ((fourth + 0.5) / 2 ** 52)]
    expect(normals[0]).toBeCloseTo(radius * Math.cos(angle), 12)
  })

  it.each([11, 12, 13])('has uniforms in (0, 1) with the moments of the uniform law (seed %i)', seed => {
    const u = draw(200_000, createStream(prngKey(seed)), 'uniform')
    expect(u.every(x => x > 0 && x < 1)).toBe(true)
    expect(Math.abs(zOf(u, x => x, 1 / 2, 1 / 12))).toBeLessThan(4)
    expect(Math.abs(zOf(u, x => x * x, 1 / 3, 4 / 45))).toBeLessThan(4)
    expect(Math.abs(zOf(u, x => Number(x < 0.05), 0.05, 0.0475))).toBeLessThan(4)
  })

  it.each([21, 22, 23])('has normals with the moments and tails of the normal law (seed %i)', seed => {
    const x = draw(200_000, createStream(prngKey(seed)), 'normal')
    expect(Math.abs(zOf(x, v => v, 0, 1))).toBeLessThan(4)
    expect(Math.abs(zOf(x, v => v * v, 1, 2))).toBeLessThan(4)
    expect(Math.abs(zOf(x, v => v * v * v, 0, 15))).toBeLessThan(4)
    expect(Math.abs(zOf(x, v => v * v * v * v, 3, 96))).toBeLessThan(4)
    const beyond2 = 0.04550026389635842
    expect(Math.abs(zOf(x, v => Number(Math.abs(v) > 2), beyond2, beyond2 * (1 - beyond2)))).toBeLessThan(4)
  })

  it('has uncorrelated neighbours, within a stream and between the streams of neighbouring keys', () => {
    const n = 100_000
    const a = draw(n + 1, createStream(foldIn(prngKey(1), 0)), 'normal')
    const b = draw(n, createStream(foldIn(prngKey(1), 1)), 'normal')
    const products = (x: readonly number[], y: readonly number[]) => y.slice(0, n).map((v, i) => v * x[i]!)
    expect(Math.abs(zOf(products(a, a.slice(1)), v => v, 0, 1))).toBeLessThan(4)
    expect(Math.abs(zOf(products(a, b), v => v, 0, 1))).toBeLessThan(4)
  })

  it('has integers that are uniform where the remainder of a word would be biased by a half', () => {
    const n = 2 ** 31 + 2 ** 30
    const stream = createStream(prngKey(31))
    const x = repeat(100_000, () => stream.integer(n))
    expect(x.every(v => Number.isInteger(v) && v >= 0 && v < n)).toBe(true)
    expect(Math.abs(zOf(x, v => Number(v < 2 ** 30), 1 / 3, 2 / 9))).toBeLessThan(4)
  })

  it.each([0, -3, 1.5, 2 ** 33, NaN])('refuses integers below %s', n => {
    expect(() => createStream(prngKey(1)).integer(n)).toThrow(RangeError)
  })
})

describe('a permutation', () => {
  it('holds every index once', () => {
    expect([...permutation(1000, prngKey(1))].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    expect([...permutation(0, prngKey(1))]).toEqual([])
    expect([...permutation(1, prngKey(1))]).toEqual([0])
  })

  it('is each of the 24 orders of four items equally often (chi-square, 23 degrees of freedom, 99.99 %)', () => {
    const repetitions = 24_000
    const counts = new Map<string, number>()
    for (let i = 0; i < repetitions; i++) {
      const key: Key = foldIn(prngKey(77), i)
      const order = permutation(4, key).join()
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    const expected = repetitions / 24
    expect(counts.size).toBe(24)
    expect([...counts.values()].reduce((sum, n) => sum + ((n - expected) * (n - expected)) / expected, 0)).toBeLessThan(57.1)
  })
})
