/** Which machines see a folder, as far as this one can tell. */
import { realpath, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Where the files of a file system are kept. */
export type Medium = 'memory' | 'container' | 'local' | 'network'

export interface FolderPlace {
  /** The folder itself, or the nearest one above it that exists. */
  readonly nearest: string
  /** Names of the folder: as it was given, and without symbolic links. */
  readonly names: readonly string[]
  /** Magic number of the file system. */
  readonly type: number
}

/** Source: statfs(2), f_type. */
const FILE_SYSTEMS: Readonly<Record<number, readonly [name: string, medium: Medium]>> = {
  0x01021994: ['tmpfs', 'memory'],
  0x858458f6: ['ramfs', 'memory'],
  0x794c7630: ['overlay', 'container'],
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

/** Folders that every machine has of its own, whatever they are kept on. */
const OWN_FOLDERS = ['/tmp', '/var/tmp', '/dev/shm']

/** Name and medium of a file system; of most kinds the medium is not known. */
export const fileSystemOf = (type: number): readonly [name: string, medium: Medium | undefined] =>
  FILE_SYSTEMS[type] ?? [`file system 0x${type.toString(16)}`, undefined]

export async function folderPlace(folder: string): Promise<FolderPlace> {
  const nearest = await nearestFolder(folder)
  const { type } = await statfs(nearest)
  return { nearest, names: [folder, await realpath(nearest)], type }
}

/** Why the jobs of a cluster cannot see a folder; undefined where nothing says so. */
export function hiddenFromJobs({ names, type }: Pick<FolderPlace, 'names' | 'type'>): string | undefined {
  const [name, medium] = fileSystemOf(type)
  const own = OWN_FOLDERS.find(folder => names.some(within(folder)))
  if (own !== undefined) return `every machine has a ${own} of its own`
  if (medium === 'memory') return `it is kept in the memory of this machine (${name})`
  if (medium === 'container') return `it belongs to the container that this process runs in (${name})`
  return undefined
}

/** Whether a name is that of the folder, or of something in it. */
export const within =
  (folder: string) =>
  (name: string): boolean =>
    name === folder || name.startsWith(`${folder}/`)

/** The folder itself, or the nearest one above it that is there: a run makes the others. */
async function nearestFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() || dirname(folder) === folder) return folder
  return nearestFolder(dirname(folder))
}
