import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './pages.js'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the built `chorale` command, as a reader would. */
export const chorale = (args: readonly string[], folder: string = root): Promise<Ended> =>
  new Promise(resolve => {
    const program = join(root, 'packages', 'chorale', 'bin', 'chorale.js')
    execFile(process.execPath, [program, ...args], { cwd: folder, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr }),
    )
  })

/** A folder with these files, in which our packages are installed. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chorale-docs-'))
  await mkdir(join(folder, 'node_modules', '@chorale'), { recursive: true })
  await symlink(join(root, 'packages', 'chorale'), join(folder, 'node_modules', 'chorale'))
  for (const name of ['core', 'random']) await symlink(join(root, 'packages', name), join(folder, 'node_modules', '@chorale', name))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}
