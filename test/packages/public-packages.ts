import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')

export const PNPM = 'pnpm@10.34.9'

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface PublicPackage {
  readonly folder: string
  readonly manifest: Manifest
}

/** What is published. */
export const publicPackages: readonly PublicPackage[] = readdirSync(join(root, 'packages'))
  .map(name => join(root, 'packages', name))
  .map(folder => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest }))
  .filter(({ manifest }) => manifest.private !== true)

/** The modules that a package offers: `@chorale/core`, `@chorale/core/contracts`, ... with the file of each. */
export const entriesOf = ({ folder, manifest }: PublicPackage): readonly { readonly specifier: string; readonly file: string }[] =>
  Object.entries(manifest.exports).flatMap(([subpath, target]) =>
    typeof target === 'string' ? [] : [{ specifier: join(manifest.name, subpath), file: join(folder, target['default']!) }],
  )
