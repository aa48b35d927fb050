import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { ChoraleError, type CodeReference, type Plugin } from '../contracts/index.js'
import { checkPluginShape } from './plugin-shape.js'

/** A plugin and where its code came from. */
export interface LoadedPlugin {
  readonly plugin: Plugin
  readonly code: CodeReference
}

/** Imports a plugin module and checks its shape. Installed-but-broken is another error than not installed. */
export async function loadPlugin(url: string, specifier: string, askedBy: string): Promise<LoadedPlugin> {
  const path = fileURLToPath(url)
  let module: { readonly default?: unknown }
  try {
    module = (await import(url)) as { readonly default?: unknown }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ChoraleError('CHORALE_PLUGIN_BROKEN', `Plugin "${specifier}" is there, but loading it failed: ${reason}`, {
      askedBy,
      lookedIn: path,
      fix: /\.[cm]?tsx?$/.test(path)
        ? 'compile it to JavaScript first, or import it in chorale.config.ts'
        : 'mend the plugin, or reinstall it',
      cause,
    })
  }
  return { plugin: checkPluginShape(module.default, specifier, askedBy), code: codeReference(url, specifier) }
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
