import { mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, onTestFinished, type TestContext } from 'vitest'

import { execute, succeed, unreachableRegistry, type Ended } from './command.js'
import { packedPackages } from './packed-packages.js'
import { PNPM, publicPackages } from './public-packages.js'

export type Manager = 'npm' | 'pnpm'

export const managers: readonly Manager[] = ['npm', 'pnpm']

/** A folder outside this repository, as a user has it. */
export class Project {
  readonly folder: string
  readonly manager: Manager

  constructor(folder: string, manager: Manager) {
    this.folder = folder
    this.manager = manager
  }

  write(files: Readonly<Record<string, string>>): Promise<void> {
    return writeFiles(this.folder, files)
  }

  read(path: string): Promise<string> {
    return readFile(join(this.folder, path), 'utf8')
  }

  /** The command as it is linked: npx takes half a second to find the same. */
  get command(): string {
    return join(this.folder, 'node_modules', '.bin', 'chorale')
  }

  chorale(...args: readonly string[]): Promise<Ended> {
    return execute(this.folder, this.command, args)
  }

  /** A run into a folder of its own, and what it left there. */
  async run(...args: readonly string[]): Promise<Run> {
    const output = await mkdtemp(join(this.folder, 'runs-'))
    const ended = await this.chorale('run', '--set', `output.directory=${output}`, ...args)
    if (ended.code !== 0) throw new Error(`chorale run ${args.join(' ')} ended with ${ended.code}\n${ended.stdout}${ended.stderr}`)
    const [id] = await readdir(output)
    return { ...ended, path: join(output, id!) }
  }
}

export interface Run extends Ended {
  readonly path: string
}

/** A folder that lives as long as the test. */
export async function temporaryFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'chorale-user-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFiles(folder, files)
  return folder
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

export interface Wanted {
  readonly manager: Manager
  /** Our packages, which come from their tarballs, and so do those that they need. */
  readonly ours: readonly string[]
  /** Packages of others: puts what it needs into the folder and says name and place of each. */
  readonly others?: (folder: string) => Promise<Readonly<Record<string, string>>>
}

const INSTALL: Readonly<Record<Manager, readonly [string, readonly string[]]>> = {
  npm: ['npm', ['install', '--prefer-offline', '--no-audit', '--no-fund']],
  pnpm: ['npx', ['-y', PNPM, 'install', '--prefer-offline']],
}

/** What a user's package.json says; the overrides stand for a registry that does not have our packages yet. */
async function manifestOf({ manager, ours, others }: Wanted, folder: string): Promise<object> {
  const packed = await packedPackages()
  const file = (name: string): readonly [string, string] => [name, `file:${packed.tarball(name)}`]
  const dependencies = { ...Object.fromEntries(ours.map(file)), ...(await others?.(folder)) }
  const overrides = Object.fromEntries(
    publicPackages.map(({ manifest }) => file(manifest.name)).filter(([name]) => manager === 'pnpm' || !(name in dependencies)),
  )
  return { name: 'user', private: true, type: 'module', dependencies, ...(manager === 'npm' ? { overrides } : { pnpm: { overrides } }) }
}

/**
 * A project for all tests of a `describe`, installed with the first of them. They are skipped if the packages of others cannot be had: no network, and
 * nothing cached.
 */
export function installOnce(wanted: Wanted): (test: TestContext) => Promise<Project> {
  let installing: Promise<Project | { readonly unreachable: string }> | undefined
  const folders: string[] = []
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
  })
  return async test => {
    const installed = await (installing ??= install(wanted, folders).catch(orUnreachable))
    return installed instanceof Project ? installed : test.skip(installed.unreachable)
  }
}

async function install(wanted: Wanted, folders: string[]): Promise<Project> {
  const project = new Project(await realpath(await mkdtemp(join(tmpdir(), 'chorale-install-'))), wanted.manager)
  folders.push(project.folder)
  await project.write({ 'package.json': JSON.stringify(await manifestOf(wanted, project.folder), undefined, 2) })
  await succeed(project.folder, ...INSTALL[wanted.manager])
  return project
}

function orUnreachable(error: Error): { readonly unreachable: string } {
  const unreachable = unreachableRegistry(error.message)
  if (unreachable === undefined) throw error
  return { unreachable }
}

/** Removes a package as its manager does. */
export const uninstall = ({ folder, manager }: Project, name: string): Promise<Ended> =>
  manager === 'npm'
    ? succeed(folder, 'npm', ['uninstall', '--offline', '--no-audit', '--no-fund', name])
    : succeed(folder, 'npx', ['-y', PNPM, 'remove', name])
