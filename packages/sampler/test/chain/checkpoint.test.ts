import { describe, expect, it } from 'vitest'
import { crc32 } from 'node:zlib'
import { encodeFrame } from '@chorale/core/contracts'
import { decodeCheckpoint, digestOf, encodeCheckpoint, type Checkpoint } from '../../src/chain/checkpoint.js'

const phase = { iterations: 3, gradients: 21, divergences: 0, seconds: 0.25 }
const checkpoint: Checkpoint = {
  task: 'sample-0007-2',
  taskDigest: 'ab'.repeat(32),
  iteration: 3,
  files: [{ path: 'draws.bin', bytes: 120, digest: 'cd'.repeat(32) }],
  counts: { warmup: phase, sampling: { ...phase, iterations: 0 } },
  vectors: {
    position: Float64Array.of(1.5, -0, Number.MIN_VALUE),
    'adaptation.metric.variances': Float64Array.of(Math.PI),
    'draws.bin tail': new Float64Array(0),
  },
}

describe('a checkpoint', () => {
  it('is read back bit by bit', () => {
    const read = decodeCheckpoint(encodeCheckpoint(checkpoint))
    expect(read).toEqual(checkpoint)
    expect(Object.is(read.vectors['position']![1], -0)).toBe(true)
  })

  it('is two frames: a header that people can read, and the numbers', () => {
    const bytes = encodeCheckpoint(checkpoint)
    const view = new DataView(bytes.buffer)
    const length = view.getUint32(0, true)
    const payload = bytes.subarray(8, 8 + length)
    expect(view.getUint32(4, true)).toBe(crc32(payload))
    expect(JSON.parse(new TextDecoder().decode(payload))).toMatchObject({ format: 1, task: 'sample-0007-2', iteration: 3 })
    expect(view.getUint32(8 + length, true)).toBe(4 * 8)
    expect(view.getFloat64(8 + length + 8, true)).toBe(1.5)
  })

  it('that is cut off or has more behind it is damaged', () => {
    const bytes = encodeCheckpoint(checkpoint)
    for (let end = 0; end < bytes.length; end++) expect(() => decodeCheckpoint(bytes.subarray(0, end))).toThrow('is damaged')
    expect(() => decodeCheckpoint(Uint8Array.of(...bytes, 0))).toThrow('is damaged')
  })

  it('with any byte changed is not read', () => {
    const bytes = encodeCheckpoint(checkpoint)
    for (let at = 0; at < bytes.length; at++) {
      bytes[at]! ^= 0x10
      expect(() => decodeCheckpoint(bytes)).toThrow()
      bytes[at]! ^= 0x10
    }
  })

  it('whose header claims more numbers than there are allocates nothing', () => {
    const header = { ...checkpoint, format: 1, vectors: [{ name: 'position', length: 2e15 }] }
    const bytes = Uint8Array.of(...encodeFrame(new TextEncoder().encode(JSON.stringify(header))), ...encodeFrame(new Uint8Array(8)))
    expect(() => decodeCheckpoint(bytes)).toThrow('is damaged')
  })

  it('of a later format says so', () => {
    const bytes = Uint8Array.of(...encodeFrame(new TextEncoder().encode('{"format":2,"vectors":[]}')), ...encodeFrame(new Uint8Array(0)))
    expect(() => decodeCheckpoint(bytes)).toThrow('has format 2; this version reads format 1')
  })
})

it('a digest does not depend on the order of keys', () => {
  expect(digestOf({ a: 1, b: { c: [1, { d: 2, e: 3 }], f: null } })).toBe(digestOf({ b: { f: null, c: [1, { e: 3, d: 2 }] }, a: 1 }))
  expect(digestOf({ a: [1, 2] })).not.toBe(digestOf({ a: [2, 1] }))
})
