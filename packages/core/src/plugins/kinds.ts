import type {
  BackendDefinition,
  CodeReference,
  CombinerDefinition,
  CombinerNeeds,
  DataSourceDefinition,
  Plugin,
  SamplerDefinition,
  SharderDefinition,
} from '../contracts/index.js'

/** The kinds of definitions that a plugin may bring. */
export interface DefinitionOf {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- options are checked by the definition's own schema
  readonly backend: BackendDefinition<any>
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  readonly combiner: CombinerDefinition<CombinerNeeds, any>
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  readonly sampler: SamplerDefinition<any>
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  readonly dataSource: DataSourceDefinition<any>
  readonly sharder: SharderDefinition
}
export type Kind = keyof DefinitionOf

interface KindInfo {
  /** The field of a plugin that lists this kind. */
  readonly field: keyof Plugin & `${Kind}s`
  /** In sentences. */
  readonly words: string
  /** The setting that names one. */
  readonly setting: string
  /** Part of error codes. */
  readonly code: string
  /** The function without which a definition is none. */
  readonly entry: string
}

export const KINDS: Readonly<Record<Kind, KindInfo>> = {
  backend: { field: 'backends', words: 'backend', setting: 'backend.name', code: 'BACKEND', entry: 'create' },
  combiner: { field: 'combiners', words: 'combiner', setting: 'combination.name', code: 'COMBINER', entry: 'combine' },
  sampler: { field: 'samplers', words: 'sampler', setting: 'sampling.name', code: 'SAMPLER', entry: 'runTask' },
  dataSource: { field: 'dataSources', words: 'data source', setting: 'data.source', code: 'DATA_SOURCE', entry: 'load' },
  sharder: { field: 'sharders', words: 'sharding strategy', setting: 'sharding.strategy', code: 'SHARDER', entry: 'assign' },
}

/** All names of a definition: its own first. */
export const namesOf = ({ name, aliases = [] }: { readonly name: string; readonly aliases?: readonly string[] }): readonly string[] => [
  name,
  ...aliases,
]

export const KIND_NAMES = Object.keys(KINDS) as readonly Kind[]

/** The definitions of one kind that a plugin brings. */
export function definitionsOf<K extends Kind>(
  plugin: Plugin,
  kind: K,
): readonly (DefinitionOf[K] & { readonly aliases?: readonly string[] })[] {
  return (plugin[KINDS[kind].field] ?? []) as unknown as readonly DefinitionOf[K][]
}

/** A definition found by name, and the code that it came with. */
export interface Found<K extends Kind> {
  readonly kind: K
  readonly definition: DefinitionOf[K]
  readonly code: CodeReference
}
