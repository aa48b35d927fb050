/** What a sampler wrote, looked at before the attempt counts as completed. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DRAWS_FILE, STATS_FILE } from '../contracts/sampler.js'
import type { ConditionalTask, FileRecord, SampleTask } from '../contracts/task.js'
import { fileModeIn, syncDirectory } from '../run-directory/atomic-file.js'
import { readRecordedFile } from '../run-directory/file-record.js'
import { decodeWholeRows } from '../run-directory/results.js'
import { taskError } from './task-failure.js'

/**
 * Files are there, whole, and have the recorded size and digest; draws are finite and as many as asked for.
 * @throws TaskError with cause `result`
 */
export async function checkSamplerFiles(
  task: SampleTask | ConditionalTask,
  directory: string,
  files: readonly FileRecord[],
): Promise<void> {
  for (const name of task.kind === 'sample' ? [DRAWS_FILE, STATS_FILE] : [DRAWS_FILE]) {
    if (!files.some(file => file.path === name))
      throw taskError('result', 'CHORALE_RESULT_MISSING', `the sampler named no ${name} in its result`)
  }
  for (const file of files) {
    const bytes = await readRecordedFile(directory, file)
    if (file.path === DRAWS_FILE) checkDraws(task, bytes, join(directory, file.path))
  }
}

function checkDraws(task: SampleTask | ConditionalTask, bytes: Uint8Array, path: string): void {
  const { header, rows, values } = decodeWholeRows(bytes, path)
  const { columns } = header
  if (task.kind === 'sample' && rows !== task.settings.draws) {
    throw taskError('result', 'CHORALE_RESULT_MISSING', `${path} holds ${rows} draws of ${task.settings.draws}`)
  }
  const bad = values.findIndex(value => !Number.isFinite(value))
  if (bad < 0) return
  const message = `${path}: draw ${Math.floor(bad / columns.length)} has ${columns[bad % columns.length]} = ${values[bad]}`
  throw taskError('result', 'CHORALE_RESULT_NOT_FINITE', message)
}

/** Makes an attempt's files survive a crash, and readable like their folder, before a record names them. */
export async function settleFiles(directory: string, files: readonly { readonly path: string }[]): Promise<void> {
  const mode = await fileModeIn(directory)
  for (const { path } of files) {
    const handle = await open(join(directory, path), 'r')
    try {
      await handle.chmod(mode)
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
  await syncDirectory(directory)
}
