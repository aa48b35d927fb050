/** Makes the file that batch jobs of a run execute: it needs nothing but Node. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as Esbuild from 'esbuild'
import { library } from '../../library.js'
import { makeDirectory, writeOnce } from '../../run-directory/atomic-file.js'
import { sha256 } from '../../run-directory/file-record.js'
import { batchEntryPath } from '../job-files.js'

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const ENTRY = fileURLToPath(new URL(`../job/entry.${extension}`, import.meta.url))

let bundled: Promise<string> | undefined

/** Writes the file into the run directory, once, and returns its absolute path. */
export async function writeBatchEntry(run: string): Promise<string> {
  const text = await (bundled ??= bundle())
  const path = join(run, batchEntryPath(sha256(text)))
  await makeDirectory(join(run, 'code'))
  await writeOnce(path, text)
  return path
}

async function bundle(): Promise<string> {
  const { build } = library<typeof Esbuild>('esbuild')
  const result = await build({
    entryPoints: [ENTRY],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['node:*'],
    legalComments: 'none',
    sourcemap: false,
    minify: false,
    charset: 'utf8',
    write: false,
    logLevel: 'silent',
  })
  return result.outputFiles[0]!.text
}
