import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { ChoraleError, type CodeReference, type OptionsSchema, type Plugin } from '../contracts/index.js'
import { definitionsOf, KINDS, KIND_NAMES, namesOf, type Found, type Kind } from './kinds.js'
import { findKnownName, KNOWN_NAMES } from './known-packages.js'
import { lookupError } from './lookup-error.js'
import { optionListings, type OptionListing } from './option-listing.js'
import { codeReference, loadPlugin, type LoadedPlugin } from './plugin-module.js'
import type { BuiltinPlugin } from './builtin.js'
import { checkPluginShape } from './plugin-shape.js'
import { isPath, resolvePlugin } from './resolve.js'

/** What `chorale backends` and `chorale combiners` list. */
export interface Listing {
  readonly name: string
  readonly aliases: readonly string[]
  readonly package: string
  readonly installed: boolean
  /** One line; empty for what is not installed. */
  readonly summary: string
  /** As far as its schema says; empty for what is not installed. */
  readonly options: readonly OptionListing[]
}

export interface RegistryOptions {
  readonly builtins: readonly BuiltinPlugin[]
  /** The settings file's folder: where plugins are resolved from. */
  readonly folder: string
}

/**
 * Names to definitions, of every kind. A name is looked up in this order: what was registered (plugins of the settings), the packages that the entry
 * package brings, our own packages if they are installed in the settings file's folder, and for backends the package `chorale-backend-<name>` there.
 * node_modules is never scanned. A name or alias belongs to one definition; those of our own packages are taken even where they are not installed.
 */
export class PluginRegistry {
  readonly #options: RegistryOptions
  readonly #plugins: LoadedPlugin[] = []
  /** Code of built-in packages of which only the place was asked for. */
  readonly #located = new Map<string, CodeReference>()
  readonly #packages = new Map<string, Promise<LoadedPlugin | undefined>>()
  /** Name to URL of plugins that a run recorded. */
  readonly #recorded = new Map<string, string>()

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  /** The code of every plugin used so far, for `run.json`. */
  get used(): readonly CodeReference[] {
    const loaded = this.#plugins.map(({ code }) => code)
    return [...loaded, ...[...this.#located.values()].filter(({ name }) => !loaded.some(code => code.name === name))]
  }

  /** Registers a plugin of the settings: an imported object, a path or a package name. The same plugin again changes nothing. */
  async register(plugin: Plugin | string, askedBy: string): Promise<LoadedPlugin> {
    const loaded = typeof plugin === 'string' ? await this.#loadNamed(plugin, askedBy) : this.#inline(plugin, askedBy)
    return this.#add(loaded, askedBy)
  }

  /** Takes a plugin from where a run recorded it, unless the entry package brings it or it is loaded already. It is loaded with the next look-up. */
  adopt({ name, url }: CodeReference): void {
    const here = this.#options.builtins.some(entry => entry.package === name) || this.#plugins.some(({ code }) => code.name === name)
    if (here || !url.startsWith('file:') || this.#packages.has(name)) return
    this.#recorded.set(name, url)
  }

  /** Finds a definition by name or alias, loading the package that provides it; otherwise says what exists and what to install. */
  async find<K extends Kind>(kind: K, name: string, askedBy: string = KINDS[kind].setting): Promise<Found<K>> {
    const found = await this.tryFind(kind, name)
    if (found) return found
    await Promise.allSettled(this.#loadKnown(kind))
    throw lookupError({ kind, name, askedBy, folder: this.#options.folder, installed: this.#installed(kind) })
  }

  /** Where the code of a definition is. What comes with the entry package is not loaded for that: a bundle of it will be. */
  async locate(kind: Kind, name: string, askedBy: string = KINDS[kind].setting): Promise<CodeReference> {
    const packageName = findKnownName(kind, name)?.package
    const builtin = this.#options.builtins.find(entry => entry.package === packageName)
    if (!builtin || this.#packages.has(builtin.package)) return (await this.find(kind, name, askedBy)).code
    const code = this.#located.get(builtin.package) ?? codeReference(builtin.url, builtin.package)
    this.#located.set(builtin.package, code)
    return code
  }

  /** As `find`, without an error for a name that is unknown or not installed. */
  async tryFind<K extends Kind>(kind: K, name: string): Promise<Found<K> | undefined> {
    await Promise.all([...this.#recorded.keys()].map(recorded => this.#loadPackage(recorded)))
    const registered = this.#lookUp(kind, name)
    if (registered) return registered
    const known = findKnownName(kind, name)
    const packageName = known?.package ?? (kind === 'backend' && /^[a-z][a-z0-9-]*$/.test(name) ? `chorale-backend-${name}` : undefined)
    if (packageName === undefined || !(await this.#loadPackage(packageName))) return undefined
    return this.#lookUp(kind, name)
  }

  /** Registered and known names of a kind, installed or not, in alphabetical order. */
  async list(kind: Kind): Promise<readonly Listing[]> {
    await Promise.all(this.#loadKnown(kind))
    const installed = this.#installed(kind).map((entry): Listing => ({ ...entry, installed: true }))
    const missing = KNOWN_NAMES.filter(entry => entry.kind === kind && !installed.some(({ name }) => name === entry.name)).map(
      ({ name, aliases, package: from }): Listing => ({ name, aliases, package: from, installed: false, summary: '', options: [] }),
    )
    return [...installed, ...missing].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Everything of one kind that is installed. */
  async all<K extends Kind>(kind: K): Promise<readonly Found<K>[]> {
    await Promise.all(this.#loadKnown(kind))
    return this.#plugins.flatMap(({ plugin, code }) => definitionsOf(plugin, kind).map(definition => ({ kind, definition, code })))
  }

  #loadKnown(kind: Kind): readonly Promise<unknown>[] {
    const packages = new Set(KNOWN_NAMES.filter(entry => entry.kind === kind).map(entry => entry.package))
    return [...packages].map(name => this.#loadPackage(name))
  }

  #installed(kind: Kind) {
    return this.#plugins.flatMap(({ plugin, code }) =>
      definitionsOf(plugin, kind).map(definition => {
        const { name, aliases = [], summary } = definition
        const schema = 'options' in definition ? (definition.options as OptionsSchema | undefined) : undefined
        return { name, aliases, package: code.name, summary, options: optionListings(schema) }
      }),
    )
  }

  #lookUp<K extends Kind>(kind: K, name: string): Found<K> | undefined {
    for (const { plugin, code } of this.#plugins) {
      const definition = definitionsOf(plugin, kind).find(candidate => namesOf(candidate).includes(name))
      if (definition) return { kind, definition, code }
    }
    return undefined
  }

  async #loadNamed(specifier: string, askedBy: string): Promise<LoadedPlugin> {
    const loaded = await this.#loadFrom(specifier, this.#options.folder, askedBy)
    if (loaded) return loaded
    throw this.#notFound(specifier, askedBy)
  }

  #inline(plugin: Plugin, askedBy: string): LoadedPlugin {
    const name = typeof plugin === 'object' && plugin !== null ? String(plugin.name) : 'inline'
    return { plugin: checkPluginShape(plugin, name, askedBy), code: { name, url: `inline:${name}`, version: '', digest: '' } }
  }

  /** Loads one of our own packages, or a `chorale-backend-*`, if it is installed; adds it once. */
  #loadPackage(name: string): Promise<LoadedPlugin | undefined> {
    let loading = this.#packages.get(name)
    if (!loading) {
      loading = this.#importPackage(name).then(loaded => loaded && this.#add(loaded, name))
      this.#packages.set(name, loading)
    }
    return loading
  }

  async #importPackage(name: string): Promise<LoadedPlugin | undefined> {
    const builtin = this.#options.builtins.find(entry => entry.package === name)
    if (builtin) {
      const { default: plugin } = await builtin.load()
      return { plugin, code: codeReference(builtin.url, name) }
    }
    const recorded = this.#recorded.get(name)
    if (recorded !== undefined) {
      if (!existsSync(fileURLToPath(recorded))) throw this.#notFound(name, 'run.json: plugins', fileURLToPath(recorded))
      return loadPlugin(recorded, name, 'run.json: plugins')
    }
    return (await this.#loadFrom(name, this.#options.folder, name)) ?? this.#loadFrom(name, process.cwd(), name)
  }

  async #loadFrom(specifier: string, folder: string, askedBy: string): Promise<LoadedPlugin | undefined> {
    const resolution = resolvePlugin(specifier, folder)
    if (resolution === 'absent') return undefined
    if (resolution === 'unreachable') {
      throw new ChoraleError('CHORALE_PLUGIN_EXPORTS', `Package "${specifier}" is installed, but its "exports" have no "default" entry`, {
        askedBy,
        lookedIn: folder,
        fix: `in the package.json of ${specifier}: "exports": { ".": { "types": "...", "default": "./index.js" } }`,
      })
    }
    if (resolution === 'broken') {
      throw new ChoraleError('CHORALE_PLUGIN_BROKEN', `Plugin "${specifier}" is there, but the file that its package.json names is not`, {
        askedBy,
        lookedIn: folder,
        fix: `reinstall ${specifier}, or build it`,
      })
    }
    return loadPlugin(resolution.url, specifier, askedBy)
  }

  /** Adds a plugin whose names are free; one that is there already stays as it is. */
  #add(loaded: LoadedPlugin, askedBy: string): LoadedPlugin {
    const present = this.#plugins.find(({ plugin }) => plugin === loaded.plugin)
    if (present) return present
    for (const kind of KIND_NAMES) this.#checkNames(kind, loaded, askedBy)
    this.#plugins.push(loaded)
    for (const name of [loaded.plugin.name, loaded.code.name]) this.#packages.set(name, Promise.resolve(loaded))
    return loaded
  }

  #checkNames(kind: Kind, { plugin, code }: LoadedPlugin, askedBy: string): void {
    const own = new Set<string>()
    for (const name of definitionsOf(plugin, kind).flatMap(namesOf)) {
      const known = findKnownName(kind, name)?.package
      const reserved = known !== undefined && known !== plugin.name && known !== code.name
      const owner = own.has(name) ? plugin.name : reserved ? known : this.#ownerOf(kind, name)
      own.add(name)
      if (owner === undefined) continue
      throw new ChoraleError(
        'CHORALE_PLUGIN_NAME_TAKEN',
        `The ${KINDS[kind].words} "${name}" of plugin "${plugin.name}" is already provided by "${owner}"`,
        {
          askedBy,
          fix: 'remove one of the two from plugins, or rename the definition',
        },
      )
    }
  }

  #ownerOf(kind: Kind, name: string): string | undefined {
    return this.#plugins.find(({ plugin }) => definitionsOf(plugin, kind).some(definition => namesOf(definition).includes(name)))?.plugin
      .name
  }

  #notFound(
    specifier: string,
    askedBy: string,
    lookedIn = `${this.#options.folder} (resolved from the settings file's folder)`,
  ): ChoraleError {
    return new ChoraleError('CHORALE_PLUGIN_NOT_FOUND', `Plugin "${specifier}" was not found`, {
      askedBy,
      lookedIn,
      fix: isPath(specifier) ? 'correct the path: it is relative to the settings file' : `pnpm add ${specifier}`,
    })
  }
}
