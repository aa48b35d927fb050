import { relative } from 'node:path'

/** A path as people read it: relative where it is below the current folder. */
export function shown(path: string): string {
  const near = relative(process.cwd(), path)
  return near === '' || near.startsWith('..') ? path : near
}
