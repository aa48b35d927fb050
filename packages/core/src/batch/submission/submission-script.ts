/** Writes the script of a submission, and the variables that its jobs read. */
import { chmod, open } from 'node:fs/promises'
import { replaceFile } from '../../run-directory/atomic-file.js'
import { environmentFile, scriptFile } from '../job-files.js'
import { environmentText } from './job-script.js'

/** The script is claimed by making it: two drivers that prepare the same number do not overwrite each other's. */
export async function writeScript(
  run: string,
  number: number,
  text: string,
  env: Readonly<Record<string, string>>,
): Promise<'written' | 'exists'> {
  const path = scriptFile(run, number)
  try {
    const handle = await open(path, 'wx', 0o600)
    await handle.close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'exists'
    throw error
  }
  await replaceFile(path, text, { sync: 'full' })
  if (Object.keys(env).length > 0) {
    const file = environmentFile(run, number)
    const handle = await open(file, 'wx', 0o600)
    try {
      await handle.writeFile(environmentText(env))
    } finally {
      await handle.close()
    }
    await chmod(file, 0o600)
  }
  return 'written'
}
