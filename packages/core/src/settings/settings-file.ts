import { readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import type * as Cosmiconfig from 'cosmiconfig'
import type { Loader } from 'cosmiconfig'

import { ChoraleError } from '../contracts/index.js'
import { library } from '../library.js'
import { plainContent, plainlyFound } from './plain-file.js'
import { parseYaml } from './yaml.js'
import { importTypeScript } from './typescript-file.js'

const ENDINGS = ['ts', 'mts', 'js', 'mjs', 'yaml', 'yml', 'json']

const FILES: readonly string[] = ENDINGS.map(ending => `chorale.config.${ending}`)

/** Where settings are looked for, in this order, in a folder and in those above it up to the next package.json. */
export const SEARCH_PLACES: readonly string[] = [...FILES, 'package.json']

const importJavaScript: Loader = async file => {
  const { mtimeMs } = await stat(file)
  // The query makes a long process read an edited file again: modules are cached by URL.
  const module = (await import(`${pathToFileURL(await realpath(file)).href}?changed=${mtimeMs}`)) as { default?: unknown }
  return module.default
}

// `null` would count as "no such file": a file that says nothing is an error of its own.
const readYaml = (_: string, text: string): unknown => parseYaml(text, { merge: true, logLevel: 'error' }) ?? undefined
const readJson = (_: string, text: string): unknown => (JSON.parse(text.replace(/^\uFEFF/, '')) as unknown) ?? undefined

const PARSERS: Readonly<Record<string, (file: string, text: string) => unknown>> = {
  '.yaml': readYaml,
  '.yml': readYaml,
  '.json': readJson,
}

/**
 * TypeScript goes through jiti: the loader that cosmiconfig brings writes a file beside the settings and needs a compiler. YAML goes through the
 * reader that flags use.
 */
const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': importTypeScript,
  '.mts': importTypeScript,
  '.cts': importTypeScript,
  '.js': importJavaScript,
  '.mjs': importJavaScript,
  '.cjs': importJavaScript,
  ...PARSERS,
}

const explorerWith = (options: Partial<Cosmiconfig.Options>): Cosmiconfig.PublicExplorer =>
  library<typeof Cosmiconfig>('cosmiconfig').cosmiconfig('chorale', { cache: false, mergeImportArrays: false, ...options })

/** `.config/config.yaml` and the like: cosmiconfig's own options, with settings of programs under their names. */
const isSharedFile = (file: string): boolean => basename(dirname(file)) === '.config' && /^config\.[a-z]+$/.test(basename(file))

/**
 * The settings file for a folder, or undefined. Settings are not executed: a search reads on past errors such as a missing `$import`, so that the file
 * is only named here and loaded by `readSettingsFile`.
 */
export async function findSettingsFile(folder: string): Promise<string | undefined> {
  const plain = plainlyFound(folder, FILES)
  if (plain !== undefined) return plain
  const present =
    (loader: Loader): Loader =>
    (file, text) =>
      basename(file) === 'package.json' ? packageKeys(text) : isSharedFile(file) ? loader(file, text) : { present: true }
  const explorer = explorerWith({
    searchPlaces: [...SEARCH_PLACES],
    searchStrategy: 'project',
    ignoreEmptySearchPlaces: false,
    loaders: Object.fromEntries(Object.entries(LOADERS).map(([ending, loader]) => [ending, present(loader)])),
  })
  return (await explorer.search(folder))?.filepath
}

/** A package.json without our key is no settings file; a broken one is somebody else's. */
function packageKeys(text: string): unknown {
  try {
    return 'chorale' in (JSON.parse(text) as object) ? { chorale: { present: true } } : {}
  } catch {
    return {}
  }
}

/**
 * What a settings file says: its default export, called if it is a function, or the content of a YAML or JSON file, `$import`s included.
 *
 * Throws `CHORALE_SETTINGS_NOT_FOUND`, `CHORALE_SETTINGS_EMPTY` or `CHORALE_SETTINGS_UNREADABLE`.
 */
export async function readSettingsFile(file: string): Promise<unknown> {
  await mustBeFile(file)
  const plain = isSharedFile(file) ? undefined : plainContentOf(file)
  if (plain !== undefined) return plain
  const explorer = explorerWith({ searchPlaces: [...SEARCH_PLACES], loaders: { ...LOADERS } })
  try {
    const content: unknown = (await explorer.load(file))?.config
    const config = isSharedFile(file) ? (content as { chorale?: unknown } | undefined)?.chorale : content
    const value: unknown = typeof config === 'function' ? await (config as () => unknown)() : config
    if (value === undefined || value === null) throw emptyFile(file, await readFile(file, 'utf8'), config)
    return value
  } catch (error) {
    if (error instanceof ChoraleError) throw error
    throw unreadable(file, error)
  }
}

function plainContentOf(file: string): unknown {
  const parse = PARSERS[extname(file)]
  return parse && plainContent(file, parse)
}

async function mustBeFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile()) return
  throw new ChoraleError('CHORALE_SETTINGS_NOT_FOUND', `There is no settings file ${file}${found ? ': that is a folder' : ''}.`, {
    lookedIn: dirname(file),
    fix: `write chorale.config.yaml, or name a file with the ending ${ENDINGS.join(', ')}`,
  })
}

function emptyFile(file: string, text: string, config: unknown): ChoraleError {
  const isCode = /^\.[cm]?[jt]s$/.test(extname(file))
  const why =
    typeof config === 'function'
      ? 'Its default export is a function that returns nothing.'
      : isCode && text.trim() !== ''
        ? 'It has no default export.'
        : 'It is empty.'
  const example = isCode ? "export default { model: './model.ts', data: { path: 'data.csv' } }" : 'model: ./model.ts'
  return new ChoraleError('CHORALE_SETTINGS_EMPTY', `The settings file ${file} gives no settings. ${why}`, {
    askedBy: basename(file),
    fix: `write, for example: ${example}`,
  })
}

const OURS = /Cannot find (?:module|package) '(chorale|@chorale\/[a-z-]+)[^']*'/

function unreadable(file: string, cause: unknown): ChoraleError {
  const text = cause instanceof Error ? cause.message : String(cause)
  const details = { askedBy: basename(file), lookedIn: dirname(file), cause }
  const ours = OURS.exec(text)?.[1]
  if (ours !== undefined) {
    const message = `The settings file ${file} imports "${ours}", which is not installed in its folder or one above it.`
    return new ChoraleError('CHORALE_SETTINGS_UNREADABLE', message, {
      ...details,
      fix: `pnpm add ${ours} in ${dirname(file)}, or leave the import out: the default export may be a plain object`,
    })
  }
  if (text.startsWith('No loader specified')) {
    return new ChoraleError('CHORALE_SETTINGS_UNREADABLE', `Settings are not read from files such as ${basename(file)}.`, {
      ...details,
      available: ENDINGS.map(ending => `.${ending}`),
      fix: `name it ${join(dirname(file), 'chorale.config.yaml')}`,
    })
  }
  return new ChoraleError('CHORALE_SETTINGS_UNREADABLE', `The settings file ${file} cannot be read: ${text}`, details)
}
