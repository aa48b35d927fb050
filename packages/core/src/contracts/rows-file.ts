/**
 * The binary format of draws, statistics and positions: frames of bytes, each with its length and CRC-32, so that a file cut off anywhere is
 * readable up to its last whole frame. The first frame is a JSON header, every other one holds whole rows of little-endian float64.
 *
 * Frame: uint32 length, uint32 CRC-32 (IEEE 802.3) of the payload, payload. All integers little-endian.
 */

export interface RowsHeader {
  readonly format: 1
  /** One name per value of a row. */
  readonly columns: readonly string[]
}

export interface RowsFile {
  readonly header: RowsHeader
  /** Whole rows in whole frames. */
  readonly rows: number
  /** rows x columns, row-major. */
  readonly values: Float64Array
  /** Bytes of whole frames; less than the file's size when it was cut off. */
  readonly validBytes: number
}

const FRAME_HEAD = 8

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c >>> 0
})

/** CRC-32 as in IEEE 802.3 and zlib. */
export function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff
  for (const byte of bytes) c = CRC_TABLE[(c ^ byte) & 0xff]! ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}

function encodeFrame(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEAD + payload.length)
  const view = new DataView(frame.buffer)
  view.setUint32(0, payload.length, true)
  view.setUint32(4, crc32(payload), true)
  frame.set(payload, FRAME_HEAD)
  return frame
}

/** The first frame of a rows file. */
export function encodeRowsHeader(columns: readonly string[]): Uint8Array {
  const header: RowsHeader = { format: 1, columns }
  return encodeFrame(new TextEncoder().encode(JSON.stringify(header)))
}

/** One frame of rows; `values.length` must be a multiple of the number of columns. */
export function encodeRows(values: Float64Array): Uint8Array {
  const payload = new Uint8Array(values.length * 8)
  const view = new DataView(payload.buffer)
  values.forEach((value, i) => view.setFloat64(i * 8, value, true))
  return encodeFrame(payload)
}

/** The payloads of the whole, undamaged frames at the start of `bytes`. Lengths are checked before anything is allocated. */
function wholeFrames(bytes: Uint8Array): { readonly payloads: readonly Uint8Array[]; readonly validBytes: number } {
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

function parseHeader(payload: Uint8Array | undefined): RowsHeader {
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
  const header = parseHeader(payloads[0])
  const chunks = payloads.slice(1)
  const values = new Float64Array(chunks.reduce((total, chunk) => total + chunk.length, 0) / 8)
  let i = 0
  for (const chunk of chunks) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let at = 0; at < chunk.length; at += 8) values[i++] = view.getFloat64(at, true)
  }
  return { header, rows: values.length / header.columns.length, values, validBytes }
}
