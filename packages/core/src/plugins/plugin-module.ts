import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { API_VERSION, ChoraleError, type CodeReference, type Plugin } from '../contracts/index.js'
import { KINDS, KIND_NAMES } from './kinds.js'

/** A plugin and where its code came from. */
export interface LoadedPlugin {
  readonly plugin: Plugin
  readonly code: CodeReference
}

const isPath = (specifier: string): boolean => specifier.startsWith('.') || specifier.startsWith('/') || specifier.startsWith('file:')

/** How a specifier resolves from a folder: a file URL, `absent`, or `unreachable` (installed, but its `exports` hide it from us). */
export type Resolution = { readonly url: string } | 'absent' | 'unreachable'

/**
 * Resolves a package name or path from the folder of the settings file, never from ours: under pnpm a user's package is invisible to us.
 * `require` resolution is used because `import.meta.resolve` has no parent argument; a package's `exports` therefore needs `default`.
 */
export function resolvePlugin(specifier: string, folder: string): Resolution {
  if (isPath(specifier)) {
    const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(folder, specifier)
    return existsSync(path) ? { url: pathToFileURL(path).href } : 'absent'
  }
  try {
    return { url: pathToFileURL(createRequire(join(folder, 'noop.js')).resolve(specifier)).href }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED' ? 'unreachable' : 'absent'
  }
}

/** Imports a plugin module and checks its shape. Installed-but-broken is another error than not installed. */
export async function loadPlugin(url: string, specifier: string, askedBy: string): Promise<LoadedPlugin> {
  let module: { readonly default?: unknown }
  try {
    module = (await import(url)) as { readonly default?: unknown }
  } catch (cause) {
    throw new ChoraleError('CHORALE_PLUGIN_BROKEN', `Plugin "${specifier}" is there, but loading it failed: ${(cause as Error).message}`, {
      askedBy,
      lookedIn: fileURLToPath(url),
      fix: 'mend the plugin, or reinstall it: the cause is below',
      cause,
    })
  }
  return { plugin: checkPluginShape(module.default, specifier, askedBy), code: codeReference(url, specifier) }
}

/** A plugin is a plain object with a name, a supported `apiVersion`, and lists of definitions with names. */
export function checkPluginShape(value: unknown, specifier: string, askedBy: string): Plugin {
  const refuse = (what: string): never => {
    throw new ChoraleError('CHORALE_PLUGIN_INVALID', `Plugin "${specifier}" ${what}`, {
      askedBy,
      fix: 'export default { name, apiVersion: 1, backends: [...] }; docs/writing-a-plugin.md has a template',
    })
  }
  if (typeof value !== 'object' || value === null) return refuse('has no default export that is an object')
  const plugin = value as Plugin
  if (typeof plugin.name !== 'string' || plugin.name === '') return refuse('has no name')
  if (plugin.apiVersion !== API_VERSION && plugin.apiVersion !== API_VERSION - 1) {
    throw new ChoraleError(
      'CHORALE_PLUGIN_API_VERSION',
      `Plugin "${specifier}" was written for version ${String(plugin.apiVersion)} of the plugin contracts; this Chorale has version ${API_VERSION}`,
      { askedBy, fix: plugin.apiVersion > API_VERSION ? 'update Chorale' : 'update the plugin' },
    )
  }
  for (const kind of KIND_NAMES) {
    const { field, words } = KINDS[kind]
    const list: unknown = plugin[field] ?? []
    if (!Array.isArray(list)) return refuse(`has a field "${field}" that is not a list`)
    for (const definition of list as { name?: unknown; aliases?: unknown }[]) {
      if (typeof definition?.name !== 'string') return refuse(`has a ${words} without a name`)
      if (definition.aliases !== undefined && !Array.isArray(definition.aliases)) return refuse(`has a ${words} whose aliases are not a list`)
    }
  }
  return plugin
}

/** URL, version of the nearest package.json and digest of the entry file. */
export function codeReference(url: string, name: string): CodeReference {
  if (!url.startsWith('file:')) return { name, url, version: '', digest: '' }
  const path = fileURLToPath(url)
  return { name, url, version: versionOf(dirname(path)), digest: createHash('sha256').update(readFileSync(path)).digest('hex') }
}

function versionOf(folder: string): string {
  const manifest = join(folder, 'package.json')
  if (existsSync(manifest)) {
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version?: string }
    if (version !== undefined) return version
  }
  const parent = dirname(folder)
  return parent === folder ? '' : versionOf(parent)
}
