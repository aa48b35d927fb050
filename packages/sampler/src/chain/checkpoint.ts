import { createHash } from 'node:crypto'
import { encodeFrame, float64Bytes, readFloat64Into, wholeFrames, type FileRecord } from '@chorale/core/contracts'
import type { SavedCounts } from './chain-counts.js'
import type { SavedState } from './saved-state.js'

/**
 * The state of a chain between two iterations: with the task, all that its continuation needs. The generator has no state of its own but the iteration.
 *
 * In a file: a frame with a JSON header, which names the vectors and their lengths, and a frame with their values one after another.
 */
export interface Checkpoint {
  /** Id of the task, and digest of all that its draws depend on. */
  readonly task: string
  readonly taskDigest: string
  /** Iterations done, warm-up included. */
  readonly iteration: number
  /** What the files held then, in whole frames: their length and digest. */
  readonly files: readonly FileRecord[]
  /** What was counted until then. */
  readonly counts: SavedCounts
  readonly vectors: SavedState
}

const FORMAT = 1

interface Header extends Omit<Checkpoint, 'vectors'> {
  readonly format: number
  readonly vectors: readonly { readonly name: string; readonly length: number }[]
}

export function encodeCheckpoint({ vectors, ...rest }: Checkpoint): Uint8Array {
  const entries = Object.entries(vectors)
  const header: Header = { format: FORMAT, ...rest, vectors: entries.map(([name, { length }]) => ({ name, length })) }
  const values = new Float64Array(entries.reduce((total, [, vector]) => total + vector.length, 0))
  let at = 0
  for (const [, vector] of entries) {
    values.set(vector, at)
    at += vector.length
  }
  const frames = [encodeFrame(new TextEncoder().encode(JSON.stringify(header))), encodeFrame(float64Bytes(values))]
  const bytes = new Uint8Array(frames[0].length + frames[1].length)
  bytes.set(frames[0])
  bytes.set(frames[1], frames[0].length)
  return bytes
}

/** Reads a whole checkpoint; lengths are checked before anything is allocated. The message of what it throws goes on after the file's name. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const { payloads, validBytes } = wholeFrames(bytes)
  if (payloads.length !== 2 || validBytes !== bytes.length) throw new Error('is damaged')
  const { format, vectors: shapes, ...rest } = parseHeader(payloads[0])
  if (format !== FORMAT) throw new Error(`has format ${format}; this version reads format ${FORMAT}`)
  const total = shapes.reduce((sum, { length }) => sum + length, 0)
  if (total * 8 !== payloads[1].length) throw new Error('is damaged')
  const vectors: Record<string, Float64Array> = {}
  let at = 0
  for (const { name, length } of shapes) {
    vectors[name] = new Float64Array(length)
    readFloat64Into(vectors[name], 0, payloads[1].subarray(8 * at, 8 * (at + length)))
    at += length
  }
  return { ...rest, vectors }
}

/** The checksum of the frame has been compared: what is in it was written by some version of this file. */
function parseHeader(payload: Uint8Array): Header {
  let header: Partial<Header>
  try {
    header = JSON.parse(new TextDecoder().decode(payload)) as Partial<Header>
  } catch {
    throw new Error('is damaged')
  }
  if (typeof header.format !== 'number') throw new Error('is of no known format')
  return header as Header
}

/** JSON with sorted keys: equal for equal values, however they were made. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export const digestOf = (value: unknown): string => sha256(canonicalJson(value))
