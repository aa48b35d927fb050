import { chmodSync, closeSync, constants, copyFileSync, existsSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

const isFolder = path => existsSync(path) && statSync(path).isDirectory()

/** Where standard output (`OU`) or error (`ER`) of an element ends, absolute. */
export function destinationOf(job, element, stream) {
  const asked = stream === 'OU' ? job.output : job.error
  const index = element.index === undefined ? '' : String(element.index)
  const letter = stream === 'OU' ? 'o' : 'e'
  if (job.dialect === 'slurm') {
    const pattern = asked ?? job.output ?? (job.array ? 'slurm-%A_%a.out' : 'slurm-%j.out')
    const values = { '%': '%', A: job.id, a: index, j: String(element.number), x: job.name }
    const named = pattern.replace(/%([%Aajx])/g, (_, letter) => values[letter])
    return resolve(job.submitCwd, named)
  }
  const separator = job.dialect === 'torque' ? '-' : '.'
  const ordinary = `${job.name}.${letter}${job.seq}${job.array ? separator + index : ''}`
  if (asked === undefined) return join(job.submitCwd, ordinary)
  const path = resolve(job.submitCwd, asked.replace(/^[\w.-]*:/, '').replaceAll('^array_index^', index))
  if (!asked.endsWith('/') && !isFolder(path)) return path
  return join(path, job.dialect === 'torque' ? ordinary : `${job.array ? job.id.replace('[]', `[${index}]`) : job.id}.${stream}`)
}

/** Opens the files that a job writes: in the spool, or at their end for `-k oed` and in Slurm. */
export function openStreams(state, job, element) {
  const spool = stream => join(state.folderOf(job.seq), `${element.index ?? 'single'}.${stream}`)
  const direct = job.dialect === 'slurm' || job.keep.includes('d')
  const open = stream => openSync(direct ? destinationOf(job, element, stream) : spool(stream), 'a', 0o666 & ~job.umask)
  const output = open('OU')
  const joined = job.join || (job.dialect === 'slurm' && job.error === undefined)
  const error = joined ? output : open('ER')
  return {
    output,
    error,
    close: () => [...new Set([output, error])].forEach(closeSync),
    /** Copies the spool to where it was asked for. Returns false as long as that cannot be. */
    deliver() {
      if (direct) return true
      return (joined ? ['OU'] : ['OU', 'ER'])
        .map(stream => copy(spool(stream), destinationOf(job, element, stream), job.umask))
        .every(Boolean)
    },
    abandon() {
      const undelivered = join(state.root, 'undelivered')
      mkdirSync(undelivered, { recursive: true })
      for (const stream of ['OU', 'ER']) {
        if (existsSync(spool(stream))) renameSync(spool(stream), join(undelivered, `${job.seq}.${basename(spool(stream))}`))
      }
    },
  }
}

function copy(from, to, umask) {
  if (!existsSync(from)) return true
  if (!isFolder(dirname(to))) return false
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE)
    chmodSync(to, 0o666 & ~umask)
    return true
  } catch {
    return false
  }
}
