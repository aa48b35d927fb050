/**
 * Loaded before a job's Node: what the job writes at its end is seen late, as over a network file system. `late`: the record and its marker after a while.
 * `marker-first`: the marker at once, the record later. `empty-first`: both at once, but the record is empty for a while.
 */
import { spawn } from 'node:child_process'
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { devNull } from 'node:os'
import { basename, dirname } from 'node:path'

const how = process.env.SLOW_FOLDER_HOW
const seconds = process.env.SLOW_FOLDER_SECONDS
const { copyFile, link, open, writeFile } = fs

/** Does the rest of it in another process, as this one is about to end. */
function later(script, ...paths) {
  const child = spawn('/bin/sh', ['-c', `sleep "$0"; ${script}`, seconds, ...paths], { detached: true, stdio: 'ignore' })
  child.unref()
}

fs.link = async (from, to) => {
  if (basename(to) !== 'ended.json') return link(from, to)
  const stash = `${to}.slow`
  await copyFile(from, stash)
  if (how === 'empty-first') await writeFile(to, '')
  later('mv "$1" "$2"', stash, to)
}

fs.open = async (path, flags, mode) => {
  if (how !== 'late' || flags !== 'a' || basename(dirname(String(path))) !== 'done') return open(path, flags, mode)
  later(': > "$1"', path)
  return open(devNull, flags)
}

syncBuiltinESMExports()
