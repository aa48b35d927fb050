import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { decodeRowsFile, TaskError, type FileRecord, type RowsFile } from '@chorale/core/contracts'

function unusable(path: string, what: string): TaskError {
  const message =
    `The file of global draws ${path} ${what}.\n` + `  fix            combine the run again: the file is written from the combined draws`
  return new TaskError({ cause: 'environment', code: 'CHORALE_GLOBALS_UNUSABLE', message, retryable: false })
}

/**
 * The global draws of a `conditional` task, a file of the run whose size and digest must be those of its record and whose rows must have `width`
 * values (at least one). `directory` is the attempt's: `<run>/tasks/<id>/<k>`.
 *
 * Errors: `TaskError` CHORALE_GLOBALS_UNUSABLE.
 */
export async function readGlobals(directory: string, record: FileRecord, width: number): Promise<RowsFile> {
  const { path } = record
  if (isAbsolute(path) || path.split('/').includes('..')) throw unusable(path, 'lies outside the run directory')
  const bytes = await readFile(join(directory, '..', '..', '..', path)).catch((error: Error) => {
    throw unusable(path, `cannot be read: ${error.message}`)
  })
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (bytes.length !== record.bytes || digest !== record.digest)
    throw unusable(path, 'is not the one that the task names (size or digest differ)')
  const rows = decodeRowsFile(bytes)
  if (rows.header.columns.length !== width) {
    throw unusable(path, `has ${rows.header.columns.length} columns where the model has ${width} global coordinates`)
  }
  if (rows.rows < 1) throw unusable(path, 'has no rows')
  return rows
}
