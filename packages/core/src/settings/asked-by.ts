import type { LoadedSettings } from './load.js'

/** Where a setting was given, for messages: its path, with the file, flag or variable that has it. */
export function askedBy({ origins }: Pick<LoadedSettings, 'origins'>, path: string): string {
  const origin = origins.get(path)
  return origin === undefined || origin === 'default' ? path : `${origin}: ${path}`
}
