/**
 * The binary format of draws, statistics and positions: frames of bytes, each with its length and CRC-32, so that a file cut off anywhere is
 * readable up to its last whole frame. The first frame is a JSON header, every other one holds whole rows of little-endian float64.
 *
 * Frame: uint32 length, uint32 CRC-32 (IEEE 802.3) of the payload, payload. All integers little-endian.
 */

/** The first frame. */
export interface RowsHeader {
  readonly format: 1
  /** One name per value of a row. */
  readonly columns: readonly string[]
}

/** A rows file as far as it is whole. */
export interface RowsFile {
  readonly header: RowsHeader
  /** Whole rows in whole frames. */
  readonly rows: number
  /** rows x columns, row-major. */
  readonly values: Float64Array
  /** Bytes of whole frames; less than the file's size when it was cut off. */
  readonly validBytes: number
}

/** Bytes of a frame before its payload. */
export const FRAME_HEAD = 8

/** Table k says what a byte does to the checksum k bytes later, so that eight bytes are taken at once: "slicing-by-8", Kounavis & Berry (2005). */
const CRC_TABLES = crcTables()

function crcTables(): Int32Array {
  const tables = new Int32Array(8 * 256)
  for (let n = 0; n < 256; n++) {
    let c = n
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
    tables[n] = c
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!
    tables[at] = tables[before & 0xff]! ^ (before >>> 8)
  }
  return tables
}

/** CRC-32 as in IEEE 802.3 and zlib. */
export function crc32(bytes: Uint8Array): number {
  const t = CRC_TABLES
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const eights = bytes.length - (bytes.length % 8)
  let c = -1
  for (let i = 0; i < eights; i += 8) {
    const a = c ^ view.getInt32(i, true)
    const b = view.getInt32(i + 4, true)
    c =
      t[1792 | (a & 0xff)]! ^
      t[1536 | ((a >>> 8) & 0xff)]! ^
      t[1280 | ((a >>> 16) & 0xff)]! ^
      t[1024 | (a >>> 24)]! ^
      t[768 | (b & 0xff)]! ^
      t[512 | ((b >>> 8) & 0xff)]! ^
      t[256 | ((b >>> 16) & 0xff)]! ^
      t[b >>> 24]!
  }
  for (let i = eights; i < bytes.length; i++) c = t[(c ^ bytes[i]!) & 0xff]! ^ (c >>> 8)
  return ~c >>> 0
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** The values as little-endian bytes: their own memory where the machine is little-endian, so do not write into it. */
export function float64Bytes(values: Float64Array): Uint8Array {
  if (IS_LITTLE_ENDIAN) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  const bytes = new Uint8Array(values.byteLength)
  const view = new DataView(bytes.buffer)
  values.forEach((value, i) => view.setFloat64(i * 8, value, true))
  return bytes
}

/** Copies little-endian bytes, a multiple of eight of them, to `values` from index `at` on. */
export function readFloat64Into(values: Float64Array, at: number, bytes: Uint8Array): void {
  if (IS_LITTLE_ENDIAN) {
    new Uint8Array(values.buffer, values.byteOffset + at * 8, bytes.length).set(bytes)
    return
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let i = 0; i < bytes.length / 8; i++) values[at + i] = view.getFloat64(i * 8, true)
}

/**
 * Writes a frame into `target` from byte `at` on; there must be room for `FRAME_HEAD + payload.length` bytes. Returns the byte after it. `checksum`: a faster
 * `crc32`, as that of zlib.
 */
export function frameInto(target: Uint8Array, at: number, payload: Uint8Array, checksum: (bytes: Uint8Array) => number = crc32): number {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength)
  view.setUint32(at, payload.length, true)
  view.setUint32(at + 4, checksum(payload), true)
  target.set(payload, at + FRAME_HEAD)
  return at + FRAME_HEAD + payload.length
}

/** One frame. */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEAD + payload.length)
  frameInto(frame, 0, payload)
  return frame
}

/** The first frame of a rows file. */
export function encodeRowsHeader(columns: readonly string[]): Uint8Array {
  const header: RowsHeader = { format: 1, columns }
  return encodeFrame(new TextEncoder().encode(JSON.stringify(header)))
}

/** One frame of rows; `values.length` must be a multiple of the number of columns. */
export const encodeRows = (values: Float64Array): Uint8Array => encodeFrame(float64Bytes(values))

/** The payloads of the whole, undamaged frames at the start of `bytes`. Lengths are checked before anything is allocated. */
export function wholeFrames(bytes: Uint8Array): { readonly payloads: readonly Uint8Array[]; readonly validBytes: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const payloads: Uint8Array[] = []
  let at = 0
  while (at + FRAME_HEAD <= bytes.length) {
    const end = at + FRAME_HEAD + view.getUint32(at, true)
    if (end > bytes.length) break
    const payload = bytes.subarray(at + FRAME_HEAD, end)
    if (crc32(payload) !== view.getUint32(at + 4, true)) break
    payloads.push(payload)
    at = end
  }
  return { payloads, validBytes: at }
}

/** The header that the first frame of a rows file holds. Throws when there is none or it is of another format. */
export function parseRowsHeader(payload: Uint8Array | undefined): RowsHeader {
  if (!payload) throw new Error('a rows file begins with a whole header frame; this one does not')
  const header = JSON.parse(new TextDecoder().decode(payload)) as Partial<RowsHeader>
  if (header.format !== 1 || !Array.isArray(header.columns)) {
    throw new Error(`unknown rows file format ${String(header.format)}; this version reads format 1`)
  }
  return header as RowsHeader
}

/** Reads what is whole. Throws when the header itself is damaged or of another format. */
export function decodeRowsFile(bytes: Uint8Array): RowsFile {
  const { payloads, validBytes } = wholeFrames(bytes)
  const header = parseRowsHeader(payloads[0])
  const chunks = payloads.slice(1)
  const values = new Float64Array(chunks.reduce((total, chunk) => total + chunk.length, 0) / 8)
  let at = 0
  for (const chunk of chunks) {
    readFloat64Into(values, at, chunk)
    at += chunk.length / 8
  }
  return { header, rows: values.length / header.columns.length, values, validBytes }
}
