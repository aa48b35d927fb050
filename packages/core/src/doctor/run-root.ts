import { constants } from 'node:fs'
import { access, realpath, stat, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'

import type { Diagnosis } from '../contracts/index.js'
import { problem } from './problem.js'

/** What is read of the folder that holds runs; a parameter so that every case can be tested. */
export interface RunRootFacts {
  /** The folder, or the nearest one above it that exists. */
  readonly folder: string
  readonly writable: boolean
  readonly freeBytes: number
  /** undefined where the file system does not count them. */
  readonly freeInodes: number | undefined
  /** Magic number of the file system. */
  readonly type: number
  readonly isTemporary: boolean
}

type Place = 'memory' | 'local' | 'network'

/** Source: statfs(2), f_type. */
const FILE_SYSTEMS: Readonly<Record<number, readonly [name: string, place: Place]>> = {
  0x01021994: ['tmpfs', 'memory'],
  0x858458f6: ['ramfs', 'memory'],
  0x794c7630: ['overlay', 'local'],
  0xef53: ['ext4', 'local'],
  0x58465342: ['xfs', 'local'],
  0x9123683e: ['btrfs', 'local'],
  0x2fc12fc1: ['zfs', 'local'],
  0xf2f52010: ['f2fs', 'local'],
  0x6969: ['nfs', 'network'],
  0xff534d42: ['cifs', 'network'],
  0xfe534d42: ['smb', 'network'],
  0x0bd00bd0: ['lustre', 'network'],
  0x47504653: ['gpfs', 'network'],
  0x19830326: ['beegfs', 'network'],
  0x00c36400: ['ceph', 'network'],
  0x5346414f: ['afs', 'network'],
  0x01021997: ['9p', 'network'],
}

const LITTLE_BYTES = { warning: 1e9, problem: 50e6 } as const
const FEW_INODES = { warning: 10_000, problem: 100 } as const

/** Disk, inodes, and whether whoever runs tasks can see the folder. `detachable`: tasks may run on other machines. */
export async function diagnoseRunRoot(
  root: string,
  { detachable }: { readonly detachable: boolean },
  read: (root: string) => Promise<RunRootFacts> = runRootFacts,
): Promise<readonly Diagnosis[]> {
  try {
    const facts = await read(root)
    return [placeLine(root, facts, detachable), spaceLine(facts), ...inodesLine(facts)]
  } catch (error) {
    return [problem('run folder', error)]
  }
}

function placeLine(root: string, { folder, writable, type, isTemporary }: RunRootFacts, detachable: boolean): Diagnosis {
  const what = 'run folder'
  if (!writable) {
    return { what, level: 'problem', found: `${folder} does not allow writing`, change: 'choose another folder: output.directory' }
  }
  const [name, place] = FILE_SYSTEMS[type] ?? [`file system 0x${type.toString(16)}`, undefined]
  const found = `${root} (${name}${isTemporary ? ', a temporary folder' : ''})`
  if (place === 'memory' || isTemporary) {
    const change = 'choose a folder that stays, and that the nodes see: output.directory'
    return {
      what,
      level: detachable ? 'problem' : 'warning',
      found: `${found}: it is emptied sooner or later${detachable ? ', and jobs on other machines do not see it' : ''}`,
      change,
    }
  }
  if (place === 'local' && detachable) {
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
  const folder = await nearest(root)
  const { bavail, bsize, ffree, files, type } = await statfs(folder)
  const real = await realpath(folder)
  const temporary = await Promise.all(['/tmp', '/var/tmp', tmpdir()].map(path => realpath(path).catch(() => path)))
  return {
    folder,
    writable: await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    ),
    freeBytes: bavail * bsize,
    freeInodes: files > 0 ? ffree : undefined,
    type,
    isTemporary: temporary.some(path => real === path || real.startsWith(`${path}/`)),
  }
}

/** The folder itself, or the nearest one above it that is there: a run makes the others. */
async function nearest(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() || dirname(folder) === folder) return folder
  return nearest(dirname(folder))
}
