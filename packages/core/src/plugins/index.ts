export { KINDS, type DefinitionOf, type Found, type Kind } from './kinds.js'
export { KNOWN_NAMES, type KnownName } from './known-packages.js'
export { checkOptions, optionsOf } from './options.js'
export { PluginRegistry, type BuiltinPlugin, type Listing } from './registry.js'
