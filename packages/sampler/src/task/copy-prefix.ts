import { createHash, type Hash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import type { FileRecord } from '@chorale/core/contracts'
import { CannotContinue } from '../chain/cannot-continue.js'

const CHUNK_BYTES = 1 << 20

/**
 * Copies as many bytes of a file as its record says, piece by piece, and compares their digest. Resolves with the digest in the making.
 * Throws `CannotContinue` when the file is not there, too short, or has another digest.
 */
export async function copyPrefix(path: string, { bytes, digest }: FileRecord, to: FileHandle): Promise<{ bytes: number; hash: Hash }> {
  const hash = createHash('sha256')
  const from = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: Error) => {
    throw new CannotContinue(`${path} cannot be read: ${error.message}`, { cause: error })
  })
  try {
    const { size } = await from.stat()
    if (size < bytes) throw new CannotContinue(`${path} has ${size} bytes where its checkpoint says ${bytes}`)
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, bytes))
    for (let at = 0; at < bytes;) {
      const { bytesRead } = await from.read(chunk, 0, Math.min(chunk.length, bytes - at), at)
      if (bytesRead === 0) throw new CannotContinue(`${path} ends before byte ${bytes}`)
      const piece = chunk.subarray(0, bytesRead)
      hash.update(piece)
      await to.writeFile(piece)
      at += bytesRead
    }
  } finally {
    await from.close()
  }
  if (hash.copy().digest('hex') !== digest) throw new CannotContinue(`${path} is not what its checkpoint says: its SHA-256 differs`)
  return { bytes, hash }
}
