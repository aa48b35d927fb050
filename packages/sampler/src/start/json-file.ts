import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ChoraleError, type Json } from '@chorale/core/contracts'

/** Where a value of the settings comes from, for messages: an option, or a file that it names. */
export interface Origin {
  readonly option: string
  readonly file?: string
}

/** The error about a value that an option, or the file that it names, holds. */
export function valueError({ option, file }: Origin, message: string, fix: string): ChoraleError {
  return new ChoraleError(file === undefined ? 'CHORALE_SAMPLER_OPTION' : 'CHORALE_SAMPLER_FILE', message, {
    askedBy: `sampling.${option}`,
    ...(file === undefined ? {} : { lookedIn: file }),
    fix,
  })
}

/**
 * Reads a JSON file that an option names, relative to `folder`.
 * @throws ChoraleError CHORALE_SAMPLER_FILE when it cannot be read or is not JSON
 */
export async function readJsonFile(
  path: string,
  folder: string,
  option: string,
): Promise<{ readonly value: Json; readonly origin: Origin }> {
  const origin = { option, file: resolve(folder, path) }
  let text: string
  try {
    text = await readFile(origin.file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const said = code === 'ENOENT' ? 'does not exist' : `cannot be read: ${message}`
    throw valueError(origin, `The file that ${option} names ${said}`, 'correct the path; it is relative to the folder of the settings file')
  }
  try {
    return { value: JSON.parse(text) as Json, origin }
  } catch (cause) {
    throw valueError(
      origin,
      `The file that ${option} names is not JSON: ${(cause as Error).message}`,
      'write a JSON object, without NaN or Infinity',
    )
  }
}
