import { ChoraleError, type Plugin, type CodeReference } from '../contracts/index.js'
import { nearest } from '../settings/nearest.js'
import { definitionsOf, KINDS, KIND_NAMES, type DefinitionOf, type Found, type Kind } from './kinds.js'
import { findKnownName, KNOWN_NAMES } from './known-packages.js'
import { checkPluginShape, codeReference, loadPlugin, resolvePlugin, type LoadedPlugin } from './plugin-module.js'

/** A package that the entry package depends on: loaded when one of its names is first asked for. */
export interface BuiltinPlugin {
  readonly package: string
  /** URL of the package's entry module, for job bundles. */
  readonly url: string
  load(): Promise<{ readonly default: Plugin }>
}

/** What `chorale backends` and `chorale combiners` list. */
export interface Listing {
  readonly name: string
  readonly aliases: readonly string[]
  readonly package: string
  readonly installed: boolean
  /** One line; empty for what is not installed. */
  readonly summary: string
}

export interface RegistryOptions {
  readonly builtins: readonly BuiltinPlugin[]
  /** The settings file's folder: where plugins are resolved from. */
  readonly folder: string
}

/**
 * Names to definitions, of every kind. A name is looked up in this order: what was registered (plugins of the settings), the packages that the entry
 * package brings, our own packages if they are installed in the settings file's folder, and for backends the package `chorale-backend-<name>` there.
 * node_modules is never scanned.
 */
export class PluginRegistry {
  readonly #options: RegistryOptions
  readonly #plugins: LoadedPlugin[] = []
  readonly #packages = new Map<string, Promise<LoadedPlugin | undefined>>()
  /** Name to URL of plugins that a run recorded. */
  readonly #recorded = new Map<string, string>()

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  /** The code of every plugin loaded so far, for `run.json`. */
  get loaded(): readonly CodeReference[] {
    return this.#plugins.map(({ code }) => code)
  }

  /** Registers a plugin of the settings: an imported object, a path or a package name. */
  async register(plugin: Plugin | string, askedBy: string): Promise<LoadedPlugin> {
    const loaded = typeof plugin === 'string' ? await this.#loadNamed(plugin, askedBy) : this.#inline(plugin, askedBy)
    this.#add(loaded, askedBy)
    return loaded
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
    await this.list(kind)
    throw this.#missing(kind, name, askedBy)
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
    const packages = new Set(KNOWN_NAMES.filter(entry => entry.kind === kind).map(entry => entry.package))
    await Promise.all([...packages].map(name => this.#loadPackage(name)))
    const registered = this.#plugins.flatMap(({ plugin, code }) =>
      definitionsOf(plugin, kind).map(d => ({ name: d.name, aliases: d.aliases ?? [], package: code.name, installed: true, summary: d.summary })),
    )
    const names = new Set(registered.map(({ name }) => name))
    const missing = KNOWN_NAMES.filter(entry => entry.kind === kind && !names.has(entry.name)).map(
      ({ name, aliases, package: from }) => ({ name, aliases, package: from, installed: false, summary: '' }),
    )
    return [...registered, ...missing].sort((a, b) => a.name.localeCompare(b.name))
  }

  /** Everything of one kind that is installed. */
  async all<K extends Kind>(kind: K): Promise<readonly Found<K>[]> {
    await this.list(kind)
    return this.#plugins.flatMap(({ plugin, code }) =>
      definitionsOf(plugin, kind).map(definition => ({ kind, definition, code })),
    )
  }

  #lookUp<K extends Kind>(kind: K, name: string): Found<K> | undefined {
    for (const { plugin, code } of this.#plugins) {
      const definitions = definitionsOf(plugin, kind)
      const definition = definitions.find(d => d.name === name) ?? definitions.find(d => d.aliases?.includes(name))
      if (definition) return { kind, definition, code }
    }
    return undefined
  }

  async #loadNamed(specifier: string, askedBy: string): Promise<LoadedPlugin> {
    const resolution = resolvePlugin(specifier, this.#options.folder)
    if (resolution === 'unreachable') throw this.#unreachable(specifier, askedBy)
    if (resolution === 'absent') {
      throw new ChoraleError('CHORALE_PLUGIN_NOT_FOUND', `Plugin "${specifier}" was not found`, {
        askedBy,
        lookedIn: `${this.#options.folder} (resolved from the settings file's folder)`,
        fix: specifier.startsWith('.') ? 'correct the path: it is relative to the settings file' : `pnpm add ${specifier}`,
      })
    }
    return loadPlugin(resolution.url, specifier, askedBy)
  }

  #inline(plugin: Plugin, askedBy: string): LoadedPlugin {
    const name = typeof plugin === 'object' && plugin !== null ? String(plugin.name) : 'inline'
    return { plugin: checkPluginShape(plugin, name, askedBy), code: { name, url: `inline:${name}`, version: '', digest: '' } }
  }

  /** Loads one of our own packages, or a `chorale-backend-*`, if it is installed; adds it once. */
  #loadPackage(name: string): Promise<LoadedPlugin | undefined> {
    let loading = this.#packages.get(name)
    if (!loading) {
      loading = this.#importPackage(name).then(loaded => {
        if (loaded) this.#add(loaded, name)
        return loaded
      })
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
    if (recorded !== undefined) return loadPlugin(recorded, name, 'run.json: plugins')
    for (const folder of [this.#options.folder, process.cwd()]) {
      const resolution = resolvePlugin(name, folder)
      if (resolution === 'unreachable') throw this.#unreachable(name, name)
      if (resolution !== 'absent') return loadPlugin(resolution.url, name, name)
    }
    return undefined
  }

  #add(loaded: LoadedPlugin, askedBy: string): void {
    for (const kind of KIND_NAMES) {
      for (const { name } of definitionsOf(loaded.plugin, kind)) {
        const taken = this.#plugins.find(({ plugin }) => definitionsOf(plugin, kind).some(d => d.name === name))
        if (taken) {
          throw new ChoraleError(
            'CHORALE_PLUGIN_NAME_TAKEN',
            `The ${KINDS[kind].words} "${name}" of plugin "${loaded.plugin.name}" is already provided by "${taken.plugin.name}"`,
            { askedBy, fix: 'remove one of the two from plugins, or rename the definition' },
          )
        }
      }
    }
    this.#plugins.push(loaded)
  }

  #unreachable(name: string, askedBy: string): ChoraleError {
    return new ChoraleError('CHORALE_PLUGIN_EXPORTS', `Package "${name}" is installed, but its "exports" have no "default" entry`, {
      askedBy,
      lookedIn: this.#options.folder,
      fix: `in the package.json of ${name}: "exports": { ".": { "types": "...", "default": "./index.js" } }`,
    })
  }

  #missing(kind: Kind, name: string, askedBy: string): ChoraleError {
    const { words, code } = KINDS[kind]
    const registered = this.#plugins.flatMap(({ plugin }) => definitionsOf(plugin, kind))
    const names = registered.map(d => (d.aliases?.length ? `${d.name} (aliases: ${d.aliases.join(', ')})` : d.name))
    const known = findKnownName(kind, name)
    if (known) {
      return new ChoraleError(`CHORALE_${code}_NOT_INSTALLED`, `The ${words} "${name}" is provided by ${known.package}, which is not installed`, {
        askedBy,
        lookedIn: `${this.#options.folder} (resolved from the settings file's folder)`,
        available: names,
        fix: `pnpm add ${known.package}`,
      })
    }
    const everyName = [...registered, ...KNOWN_NAMES.filter(entry => entry.kind === kind)].flatMap(d => [d.name, ...(d.aliases ?? [])])
    const [suggestion] = nearest(name, [...new Set([...everyName, ...(kind === 'backend' ? ['auto'] : [])])])
    const notInstalled = KNOWN_NAMES.filter(entry => entry.kind === kind && !registered.some(d => d.name === entry.name))
    return new ChoraleError(`CHORALE_${code}_UNKNOWN`, `There is no ${words} "${name}"${suggestion ? `; did you mean "${suggestion}"?` : ''}`, {
      askedBy,
      available: [...names, ...notInstalled.map(d => `${[d.name, ...d.aliases].join(', ')} (install ${d.package})`)],
      fix: suggestion ? `${KINDS[kind].setting}: ${suggestion}` : `choose one of the names above, or add the plugin that provides "${name}" to plugins`,
    })
  }
}
