import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { succeed } from './command.js'
import { PNPM, publicPackages, root } from './public-packages.js'

const cache = join(root, 'node_modules', '.cache', 'chorale', 'packed')
const KEPT_MS = 3_600_000
const UNFINISHED_MS = 90_000
const POLL_MS = 200

export interface PackedPackages {
  /** Where the tarballs are. */
  readonly folder: string
  tarball(name: string): string
}

let packing: Promise<PackedPackages> | undefined

/** Every public package as it would be published. Packed once for all test files: whoever comes second waits for the first. */
export const packedPackages = (): Promise<PackedPackages> => (packing ??= pack())

async function pack(): Promise<PackedPackages> {
  if (publicPackages.some(({ folder }) => !existsSync(join(folder, 'dist', 'index.js')))) await compile()
  const folder = join(cache, await fingerprint())
  await mkdir(cache, { recursive: true })
  while (!existsSync(folder)) if (!(await packInto(folder))) await new Promise(resolve => setTimeout(resolve, POLL_MS))
  return {
    folder,
    tarball: name => {
      const { manifest } = publicPackages.find(entry => entry.manifest.name === name)!
      return join(folder, `${name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`)
    },
  }
}

const compile = () =>
  succeed(root, process.execPath, [
    join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    '-b',
    ...publicPackages.map(({ folder }) => folder),
  ])

/** False when another process is at it. */
async function packInto(folder: string): Promise<boolean> {
  await removeOld()
  const unfinished = `${folder}.unfinished`
  try {
    await mkdir(unfinished)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  try {
    await succeed(root, 'npx', ['-y', PNPM, '-r', '--filter', './packages/*', 'pack', '--pack-destination', unfinished])
    await rename(unfinished, folder)
    return true
  } catch (error) {
    await rm(unfinished, { recursive: true })
    throw error
  }
}

/** Changes with every file that may be packed. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  for (const { folder } of publicPackages) {
    const files = (await readdir(folder, { recursive: true })).filter(path => !/^(node_modules|test)\b/.test(path))
    for (const path of files.sort()) {
      const { size, mtimeMs } = await stat(join(folder, path))
      hash.update(`${folder}/${path} ${size} ${mtimeMs}\n`)
    }
  }
  return hash.digest('hex').slice(0, 16)
}

/** Tarballs of other days, and what a process that was killed left unfinished. */
async function removeOld(): Promise<void> {
  for (const name of await readdir(cache)) {
    const { mtimeMs } = await stat(join(cache, name)).catch(() => ({ mtimeMs: Infinity }))
    const keptMs = name.endsWith('.unfinished') ? UNFINISHED_MS : KEPT_MS
    if (Date.now() - mtimeMs > keptMs) await rm(join(cache, name), { recursive: true, force: true })
  }
}
