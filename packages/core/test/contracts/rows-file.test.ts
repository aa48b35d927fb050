import { crc32 as zlibCrc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  crc32,
  decodeRowsFile,
  encodeFrame,
  encodeRows,
  encodeRowsHeader,
  float64Bytes,
  frameInto,
  readFloat64Into,
  wholeFrames,
} from '../../src/contracts/rows-file.js'

const bytes = Uint8Array.from({ length: 400 }, (_, i) => (i * 2654435761) >>> 11)
const VALUES = Float64Array.of(1.5, -0, NaN, Infinity, Number.MIN_VALUE, Math.PI)

describe('a checksum', () => {
  test('is that of zlib, whatever the length and alignment', () => {
    for (let length = 0; length < 100; length++) {
      for (let from = 0; from < 9; from++) {
        const part = bytes.subarray(from, from + length)
        expect(crc32(part)).toBe(zlibCrc32(part))
      }
    }
  })

  test('of "123456789" is the check value of the standard', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  })
})

describe('numbers', () => {
  test('are little-endian, bit by bit', () => {
    const view = new DataView(new ArrayBuffer(8 * VALUES.length))
    VALUES.forEach((value, i) => view.setFloat64(8 * i, value, true))
    expect(float64Bytes(VALUES)).toEqual(new Uint8Array(view.buffer))
    expect(float64Bytes(VALUES.subarray(2, 4))).toEqual(new Uint8Array(view.buffer).subarray(16, 32))
  })

  test('are read from bytes at any address', () => {
    const shifted = Uint8Array.of(7, 7, 7, ...float64Bytes(VALUES)).subarray(3)
    const read = new Float64Array(VALUES.length + 1)
    readFloat64Into(read, 1, shifted)
    expect(read).toEqual(Float64Array.of(0, ...VALUES))
  })
})

describe('frames', () => {
  test('are a length, a checksum and the payload', () => {
    const payload = bytes.subarray(0, 13)
    const frame = encodeFrame(payload)
    const view = new DataView(frame.buffer)
    expect([frame.length, view.getUint32(0, true), view.getUint32(4, true)]).toEqual([21, 13, zlibCrc32(payload)])
    const target = new Uint8Array(40)
    expect(frameInto(target, 5, payload)).toBe(26)
    expect(target.subarray(5, 26)).toEqual(frame)
  })

  test('are read up to the last that is whole', () => {
    const frames = [encodeFrame(bytes.subarray(0, 3)), encodeFrame(new Uint8Array(0)), encodeFrame(bytes.subarray(3, 20))]
    const ends = frames.map((_, i) => frames.slice(0, i + 1).reduce((sum, frame) => sum + frame.length, 0))
    const all = Uint8Array.from(frames.flatMap(frame => [...frame]))
    for (let end = 0; end <= all.length; end++) {
      const { payloads, validBytes } = wholeFrames(all.subarray(0, end))
      const whole = ends.filter(at => at <= end)
      expect([payloads.length, validBytes]).toEqual([whole.length, whole.at(-1) ?? 0])
    }
  })

  test('of rows make a file, however many rows each has', () => {
    const columns = ['a', 'b']
    const file = (...sizes: number[]) => {
      let at = 0
      const frames = sizes.map(size => encodeRows(VALUES.subarray(at, (at += 2 * size))))
      return decodeRowsFile(Uint8Array.from([encodeRowsHeader(columns), ...frames].flatMap(frame => [...frame])))
    }
    for (const { header, rows, values } of [file(3), file(1, 2), file(1, 1, 1), file(0, 3)]) {
      expect([header.columns, rows]).toEqual([columns, 3])
      expect(values).toEqual(VALUES)
    }
  })
})
