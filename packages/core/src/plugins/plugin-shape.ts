import { API_VERSION, ChoraleError, type Plugin } from '../contracts/index.js'
import { KINDS, KIND_NAMES, type Kind } from './kinds.js'

/** The current version of the contracts and, once there is one, the one before. */
const SUPPORTED = [API_VERSION, API_VERSION - 1].filter(version => version >= 1)

/** A plugin is a plain object with a name, a supported `apiVersion`, and lists of definitions: each with a name and the function that does its work. */
export function checkPluginShape(value: unknown, specifier: string, askedBy: string): Plugin {
  const refuse = (what: string): never => {
    throw new ChoraleError('CHORALE_PLUGIN_INVALID', `Plugin "${specifier}" ${what}`, {
      askedBy,
      fix: `export default { name, apiVersion: ${API_VERSION}, backends: [...] }; docs/writing-a-plugin.md has a template`,
    })
  }
  if (typeof value !== 'object' || value === null) return refuse('has no default export that is an object')
  const plugin = value as Plugin
  if (!isName(plugin.name)) return refuse('has no name')
  if (!Number.isInteger(plugin.apiVersion)) return refuse('has no apiVersion that is a whole number')
  if (!SUPPORTED.includes(plugin.apiVersion)) {
    throw new ChoraleError(
      'CHORALE_PLUGIN_API_VERSION',
      `Plugin "${specifier}" was written for version ${plugin.apiVersion} of the plugin contracts; this Chorale has version ${API_VERSION}`,
      { askedBy, fix: plugin.apiVersion > API_VERSION ? 'update Chorale' : 'update the plugin' },
    )
  }
  for (const kind of KIND_NAMES) {
    const fault = faultIn(plugin[KINDS[kind].field] ?? [], kind)
    if (fault !== undefined) refuse(fault)
  }
  return plugin
}

const isName = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** What is wrong with a plugin's list of definitions of one kind. */
function faultIn(list: unknown, kind: Kind): string | undefined {
  const { field, words, entry } = KINDS[kind]
  if (!Array.isArray(list)) return `has a field "${field}" that is not a list`
  for (const definition of list as (Readonly<Record<string, unknown>> | null)[]) {
    if (!isName(definition?.['name'])) return `has a ${words} without a name`
    const { name, aliases = [] } = definition as { name: string; aliases?: unknown }
    if (!Array.isArray(aliases) || !aliases.every(isName)) return `has a ${words} "${name}" whose aliases are not a list of names`
    if (typeof definition?.[entry] !== 'function') return `has a ${words} "${name}" without the function "${entry}"`
  }
  return undefined
}
