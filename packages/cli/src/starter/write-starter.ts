import { statSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { ChoraleError } from '@chorale/core/contracts'

import { starterFiles, type StarterLanguage } from './starter-files.js'

/** What was written. */
export interface Starter {
  /** Absolute. */
  readonly folder: string
  /** Names, in the order in which people read them. */
  readonly files: readonly string[]
}

/** A settings file of any kind would be found beside the new one. */
const SETTINGS = /^chorale\.config\./

/**
 * Writes the starter project into a folder, which is made where it does not exist.
 * @throws ChoraleError `CHORALE_PROJECT_EXISTS`, before anything is written, where one of the files or another settings file is there already
 */
export async function writeStarter(name: string, language: StarterLanguage): Promise<Starter> {
  const folder = resolve(name)
  const files = starterFiles(language)
  const names = Object.keys(files)
  const inTheWay = (await present(folder)).filter(file => names.includes(file) || SETTINGS.test(file))
  if (inTheWay.length > 0) {
    throw new ChoraleError('CHORALE_PROJECT_EXISTS', `There is a project already: ${inTheWay.join(', ')}; nothing was written`, {
      askedBy: 'chorale init',
      lookedIn: folder,
      fix: NEW_FOLDER,
    })
  }
  await mkdir(folder, { recursive: true })
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text, { flag: 'wx' })
  return { folder, files: names }
}

const NEW_FOLDER = 'write it into a new folder: chorale init FOLDER'

/** Names of what is in a folder; none of one that does not exist. */
async function present(folder: string): Promise<readonly string[]> {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (!found) return []
  if (found.isDirectory()) return readdir(folder)
  throw new ChoraleError('CHORALE_PROJECT_EXISTS', 'A file is where the folder of the project would be', {
    askedBy: 'chorale init',
    lookedIn: folder,
    fix: NEW_FOLDER,
  })
}
