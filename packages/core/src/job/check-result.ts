/** What a sampler wrote, looked at before the attempt counts as completed. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DRAWS_FILE, STATS_FILE } from '../contracts/sampler.js'
import { keptDraws, type ConditionalTask, type FileRecord, type SampleTask } from '../contracts/task.js'
import { fileModeIn } from '../run-directory/atomic-file.js'
import { checkRecordedFile } from '../run-directory/file-record.js'
import { openRows } from '../run-directory/rows-source.js'
import { taskError } from './task-failure.js'

/**
 * Files are there, whole, and have the recorded size and digest; draws are finite and as many as asked for. Read a piece at a time.
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
    if (file.path === DRAWS_FILE) await checkDraws(task, directory, file)
    else await checkRecordedFile(directory, file)
  }
}

async function checkDraws(task: SampleTask | ConditionalTask, directory: string, file: FileRecord): Promise<void> {
  const path = join(directory, file.path)
  const { columns, rows, blocks } = await openRows(directory, file)
  const wanted = keptDraws(task.settings)
  if (task.kind === 'sample' && rows !== wanted) {
    throw taskError('result', 'CHORALE_RESULT_MISSING', `${path} holds ${rows} draws of ${wanted}`)
  }
  let before = 0
  for await (const block of blocks()) {
    const bad = block.findIndex(value => !Number.isFinite(value))
    if (bad >= 0) {
      const message = `${path}: draw ${Math.floor((before + bad) / columns.length)} has ${columns[bad % columns.length]} = ${block[bad]}`
      throw taskError('result', 'CHORALE_RESULT_NOT_FINITE', message)
    }
    before += block.length
  }
}

/** Makes what an attempt's files hold survive a crash, and readable like their folder, before a record names them. The folder is synced with the record. */
export async function settleFiles(directory: string, files: readonly { readonly path: string }[]): Promise<void> {
  const mode = await fileModeIn(directory)
  await Promise.all(
    files.map(async ({ path }) => {
      const handle = await open(join(directory, path), 'r')
      try {
        // What the sampler has synced and is as it should be costs nothing more.
        if (((await handle.stat()).mode & 0o777) !== mode) await handle.chmod(mode)
        await handle.sync()
      } finally {
        await handle.close()
      }
    }),
  )
}
