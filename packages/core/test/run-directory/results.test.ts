import { expect, test } from 'vitest'
import { encodeRows, encodeRowsHeader } from '../../src/contracts/index.js'
import { decodeWholeRows } from '../../src/run-directory/index.js'

const FRAMES = [encodeRowsHeader(['x0', 'g0']), encodeRows(Float64Array.of(1, 2, 3, 4)), encodeRows(Float64Array.of(5, 6))]
const DAMAGED = { code: 'CHORALE_RESULT_DAMAGED' }

test('a rows file cut off within a frame is damaged, wherever; between frames it has the rows before', () => {
  const file = Buffer.concat(FRAMES)
  const ends = FRAMES.map((_, i) => Buffer.concat(FRAMES.slice(0, i + 1)).length)
  for (let bytes = 0; bytes <= file.length; bytes++) {
    const decode = () => decodeWholeRows(file.subarray(0, bytes), 'draws.bin')
    if (ends.includes(bytes)) expect(decode().rows).toBe([0, 2, 3][ends.indexOf(bytes)])
    else expect(decode).toThrow(expect.objectContaining(DAMAGED))
  }
})

test('a frame that ends within a row is damaged', () => {
  const file = Buffer.concat([FRAMES[0]!, encodeRows(Float64Array.of(1, 2, 3))])
  expect(() => decodeWholeRows(file, 'draws.bin')).toThrow(/ends within a row/)
})
