import { constants } from 'node:fs'
import { access, realpath, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'

import { ChoraleError, type Diagnosis } from '../contracts/index.js'
import { fileSystemOf, folderPlace, hiddenFromJobs, within, type FolderPlace } from './folder-place.js'
import { problem } from './problem.js'

/** What is read of the folder that holds runs; a parameter so that every case can be tested. */
export interface RunRootFacts extends FolderPlace {
  readonly writable: boolean
  readonly freeBytes: number
  /** undefined where the file system does not count them. */
  readonly freeInodes: number | undefined
  /** It is emptied sooner or later. */
  readonly isTemporary: boolean
}

/** What helps where jobs cannot see the folder of the runs. */
const SHARED_FOLDER =
  "choose a folder that the nodes see: output.directory; where this machine is the only node, backend.sharedFolder: 'assume'"

const LITTLE_BYTES = { warning: 1e9, problem: 50e6 } as const
const FEW_INODES = { warning: 10_000, problem: 100 } as const

/** Who runs tasks. */
export interface RunRootAudience {
  /** Tasks may run on other machines. */
  readonly detachable: boolean
  /** The settings say that these see the folder. */
  readonly assumedShared?: boolean
}

/** Disk, inodes, and whether whoever runs tasks can see the folder. */
export async function diagnoseRunRoot(
  root: string,
  audience: RunRootAudience,
  read: (root: string) => Promise<RunRootFacts> = runRootFacts,
): Promise<readonly Diagnosis[]> {
  try {
    const facts = await read(root)
    return [placeLine(root, facts, audience), spaceLine(facts), ...inodesLine(facts)]
  } catch (error) {
    return [problem('run folder', error)]
  }
}

function placeLine(root: string, facts: RunRootFacts, { detachable, assumedShared = false }: RunRootAudience): Diagnosis {
  const what = 'run folder'
  const { nearest, writable, type, isTemporary } = facts
  if (!writable) {
    return { what, level: 'problem', found: `${nearest} does not allow writing`, change: 'choose another folder: output.directory' }
  }
  const [name, medium] = fileSystemOf(type)
  const found = `${root} (${name}${isTemporary ? ', a temporary folder' : ''})`
  const hidden = detachable ? hiddenFromJobs(facts) : undefined
  if (hidden !== undefined && !assumedShared) {
    return { what, level: 'problem', found: `${found}: jobs on other machines do not see it, as ${hidden}`, change: SHARED_FOLDER }
  }
  if (medium === 'memory' || isTemporary) {
    return {
      what,
      level: 'warning',
      found: `${found}: it is emptied sooner or later`,
      change: 'choose a folder that stays: output.directory',
    }
  }
  if (medium === 'local' && detachable && !assumedShared) {
    const change = 'unless this machine is the only node, choose a folder on a shared file system: output.directory'
    return { what, level: 'warning', found: `${found}: a disk of this machine, which jobs on others do not see`, change }
  }
  return { what, level: 'ok', found }
}

function spaceLine({ freeBytes }: RunRootFacts): Diagnosis {
  const found = freeBytes >= 1e9 ? `${(freeBytes / 1e9).toFixed(1)} GB free` : `${(freeBytes / 1e6).toFixed(0)} MB free`
  return graded('disk', found, freeBytes, LITTLE_BYTES, 'free space, or choose another folder: output.directory')
}

function inodesLine({ freeInodes }: RunRootFacts): readonly Diagnosis[] {
  if (freeInodes === undefined) return []
  return [graded('files', `${freeInodes} more may be made`, freeInodes, FEW_INODES, 'remove old runs: a task takes about 12 files')]
}

interface Limits {
  readonly warning: number
  readonly problem: number
}

function graded(what: string, found: string, value: number, limits: Limits, change: string): Diagnosis {
  if (value >= limits.warning) return { what, level: 'ok', found }
  return { what, level: value >= limits.problem ? 'warning' : 'problem', found, change }
}

async function runRootFacts(root: string): Promise<RunRootFacts> {
  const place = await folderPlace(root)
  const { nearest, names } = place
  const { bavail, bsize, ffree, files } = await statfs(nearest)
  const temporary = await Promise.all(['/tmp', '/var/tmp', tmpdir()].map(path => realpath(path).catch(() => path)))
  return {
    ...place,
    writable: await access(nearest, constants.W_OK).then(
      () => true,
      () => false,
    ),
    freeBytes: bavail * bsize,
    freeInodes: files > 0 ? ffree : undefined,
    isTemporary: temporary.some(path => names.some(within(path))),
  }
}

/**
 * A run on a cluster begins with its folder: jobs that cannot see it all fail.
 * @throws ChoraleError `CHORALE_RUN_ROOT_NOT_SHARED`
 */
export async function requireSharedRunRoot(root: string, place?: Pick<FolderPlace, 'names' | 'type'>): Promise<void> {
  const hidden = hiddenFromJobs(place ?? (await folderPlace(root)))
  if (hidden === undefined) return
  throw new ChoraleError('CHORALE_RUN_ROOT_NOT_SHARED', `The jobs of a cluster cannot see ${root}: ${hidden}.`, {
    askedBy: 'output.directory',
    lookedIn: root,
    fix: SHARED_FOLDER,
  })
}
