import type { Kind } from './kinds.js'

/** A name that one of our packages provides, known without loading or even installing it. */
export interface KnownName {
  readonly kind: Kind
  readonly name: string
  readonly aliases: readonly string[]
  readonly package: string
}

const known = (kind: Kind, packageName: string, names: Readonly<Record<string, readonly string[]>>): readonly KnownName[] =>
  Object.entries(names).map(([name, aliases]) => ({ kind, name, aliases, package: packageName }))

/** Short names and legacy aliases, and the package that provides each. A test compares the installed packages with this table. */
export const KNOWN_NAMES: readonly KnownName[] = [
  ...known('backend', '@chorale/backend-cpu', { cpu: [] }),
  ...known('backend', '@chorale/backend-workers', { workers: ['multiprocessing', 'jax'] }),
  ...known('backend', '@chorale/backend-pjit', { pjit: ['jit'] }),
  ...known('backend', '@chorale/backend-pbs', { pbs: [] }),
  ...known('backend', '@chorale/backend-slurm', { slurm: [] }),
  ...known('sampler', '@chorale/sampler', { nuts: [], laplace: [], pathfinder: [], optimize: [] }),
  ...known('combiner', '@chorale/combiners', {
    auto: [],
    amis: ['importance'],
    gaussian: ['parametric'],
    consensus: ['consensus_mc'],
    edgeworth: ['skew_corrected'],
    weierstrass: ['weierstrass_rejection'],
    dpe: ['nonparametric'],
    semiparametric: [],
    part: ['random_partition_trees'],
    robust: ['robust_consensus_mc'],
    swiss: ['swissprod'],
    barycenter: ['barycentre', 'wasp'],
    mposterior: ['m-posterior'],
    modes: ['mode_aware'],
    weighted_gaussian: [],
    simple_average: [],
  }),
  ...known('dataSource', '@chorale/data', { inline: [], csv: ['tsv'], parquet: [], sql: ['duckdb'] }),
  ...known('sharder', '@chorale/data', { random: [], contiguous: [], stratified: [], 'by-group': ['by_group'] }),
]

export function findKnownName(kind: Kind, name: string): KnownName | undefined {
  return KNOWN_NAMES.find(entry => entry.kind === kind && (entry.name === name || entry.aliases.includes(name)))
}
