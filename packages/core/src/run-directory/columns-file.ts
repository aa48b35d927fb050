/**
 * The binary format of one shard's rows: 8 bytes `CHORCOLS`, uint32 length of the header, uint32 zero, the JSON header padded with spaces to a
 * multiple of 8, then every column as float64. All numbers little-endian, so that a column is an aligned typed array as it lies in the file.
 */
import { open, statfs, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Table } from '../contracts/data-source.js'
import { ChoraleError, isChoraleError } from '../contracts/error.js'
import type { FileRecord } from '../contracts/task.js'
import { fileModeIn } from './atomic-file.js'
import { newSha256 } from './file-record.js'
import { systemErrorCode, writing } from './write-error.js'

const MAGIC = 'CHORCOLS'
const PREFIX_BYTES = 16
const CHUNK_BYTES = 8 * 1024 * 1024

interface ColumnsHeader {
  readonly format: 1
  readonly rows: number
  readonly columns: readonly { readonly name: string; readonly labels?: readonly string[] }[]
  /** SHA-256 of the columns' bytes. */
  readonly digest: string
}

const bytesOf = (values: Float64Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

function* chunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES)
}

function encodePrefixAndHeader(table: Table): Buffer {
  const hash = newSha256()
  for (const column of table.columns) for (const chunk of chunks(bytesOf(column.values))) hash.update(chunk)
  const header: ColumnsHeader = {
    format: 1,
    rows: table.rows,
    columns: table.columns.map(({ name, labels }) => (labels ? { name, labels } : { name })),
    digest: hash.digest('hex'),
  }
  const json = Buffer.from(JSON.stringify(header))
  const headerBytes = Math.ceil(json.length / 8) * 8
  const head = Buffer.alloc(PREFIX_BYTES + headerBytes, ' ')
  head.write(MAGIC, 0, 'latin1')
  head.writeUInt32LE(headerBytes, 8)
  head.writeUInt32LE(0, 12)
  json.copy(head, PREFIX_BYTES)
  return head
}

/**
 * Writes a shard's rows to a new file, in pieces, and syncs it. The free space is looked at first.
 * @throws ChoraleError `CHORALE_DISK_FULL`, `CHORALE_DIRECTORY_READ_ONLY`
 */
export async function writeColumnsFile(path: string, table: Table): Promise<Omit<FileRecord, 'path'>> {
  for (const { name, values } of table.columns) {
    if (values.length !== table.rows) throw new Error(`column ${name} has ${values.length} values in a table of ${table.rows} rows`)
  }
  const head = encodePrefixAndHeader(table)
  const bytes = head.length + table.columns.length * table.rows * 8
  return writing(path, async () => {
    await requireSpace(path, bytes)
    const mode = await fileModeIn(dirname(path))
    const handle = await open(path, 'wx', mode)
    try {
      await handle.chmod(mode)
      const hash = newSha256().update(head)
      await writeAll(handle, head)
      for (const { values } of table.columns) {
        for (const chunk of chunks(bytesOf(values))) {
          hash.update(chunk)
          await writeAll(handle, chunk)
        }
      }
      await handle.sync()
      return { bytes, digest: hash.digest('hex') }
    } finally {
      await handle.close()
    }
  })
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at)).bytesWritten
}

async function requireSpace(path: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path))
  const free = bavail * bsize
  if (free >= bytes) return
  throw new ChoraleError('CHORALE_DISK_FULL', `${path} needs ${bytes} bytes; its file system has ${free} left.`, {
    lookedIn: path,
    fix: 'free space or raise the quota, or choose another folder with the setting output.directory',
  })
}

const damaged = (path: string, what: string, cause?: unknown): ChoraleError =>
  new ChoraleError('CHORALE_DATA_DAMAGED', `${path} ${what}.`, {
    lookedIn: path,
    fix: 'start a new run: the data are read again from their source',
    cause,
  })

/**
 * Reads a shard's rows into shared memory. The header is checked against the file's size before anything is allocated, the digest after.
 * @param digest SHA-256 of the whole file, in hex
 * @param allocate gives memory of at least so many bytes. Default: new memory; who reads many shards may hand over what earlier ones no longer need
 * @throws ChoraleError `CHORALE_DATA_DAMAGED`
 */
export async function readColumnsFile(
  path: string,
  digest: string,
  allocate = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes),
): Promise<Table> {
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') throw damaged(path, 'is missing', error)
    throw error
  }
  try {
    const size = (await handle.stat()).size
    const hash = newSha256()
    const prefix = await readExactly(handle, new Uint8Array(Math.min(PREFIX_BYTES, size)), 0, path)
    const headerBytes = checkPrefix(prefix, size, path)
    const head = await readExactly(handle, new Uint8Array(headerBytes), PREFIX_BYTES, path)
    const header = parseHeader(head, size - PREFIX_BYTES - headerBytes, path)
    hash.update(prefix).update(head)
    const bytes = size - PREFIX_BYTES - headerBytes
    const memory = allocate(bytes)
    let at = PREFIX_BYTES + headerBytes
    for (const chunk of chunks(new Uint8Array(memory, 0, bytes))) {
      hash.update(await readExactly(handle, chunk, at, path))
      at += chunk.length
    }
    if (hash.digest('hex') !== digest) throw damaged(path, 'has other content than the plan says (SHA-256 differs)')
    const columns = header.columns.map((column, i) => ({
      ...column,
      values: new Float64Array(memory, i * header.rows * 8, header.rows),
    }))
    return { rows: header.rows, columns }
  } finally {
    await handle.close()
  }
}

async function readExactly(handle: FileHandle, target: Uint8Array, position: number, path: string): Promise<Uint8Array> {
  for (let at = 0; at < target.length;) {
    const { bytesRead } = await handle.read(target, at, target.length - at, position + at)
    if (bytesRead === 0) throw damaged(path, 'ends early')
    at += bytesRead
  }
  return target
}

function checkPrefix(prefix: Uint8Array, size: number, path: string): number {
  const view = Buffer.from(prefix.buffer, prefix.byteOffset, prefix.byteLength)
  if (view.length < PREFIX_BYTES || view.toString('latin1', 0, 8) !== MAGIC) throw damaged(path, 'is not a columns file')
  const headerBytes = view.readUInt32LE(8)
  if (headerBytes % 8 !== 0 || PREFIX_BYTES + headerBytes > size) throw damaged(path, `has ${size} bytes, fewer than its header`)
  return headerBytes
}

function parseHeader(bytes: Uint8Array, columnBytes: number, path: string): ColumnsHeader {
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes)) as ColumnsHeader
    if (header.format !== 1) throw damaged(path, `has format ${String(header.format)}; this version reads format 1`)
    const { rows, columns } = header
    if (!Number.isSafeInteger(rows) || rows < 0 || !columns.every(column => typeof column.name === 'string')) {
      throw damaged(path, 'has a header without rows and columns')
    }
    if (columns.length * rows * 8 !== columnBytes) {
      throw damaged(path, `holds ${columnBytes} bytes of columns where its header says ${columns.length} x ${rows} x 8`)
    }
    return header
  } catch (error) {
    if (isChoraleError(error)) throw error
    throw damaged(path, 'has a header that is not JSON', error)
  }
}
