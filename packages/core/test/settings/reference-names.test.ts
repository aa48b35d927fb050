import { describe, expect, test } from 'vitest'

import { ALL_KEYS, parseSettings, REFERENCE_ALIASES, REJECTED_NAMES, sectionOptions } from '../../src/settings/index.js'
import { errorOf } from './error-of.js'

type Field = readonly [section: string | null, name: string, value: unknown, path: string, meaning?: unknown]

/** Every configuration field of the Python reference: its section (null: top level), a value, and what it means here; `rejected`: an error. */
const FIELDS: readonly Field[] = [
  [null, 'enable', true, 'sharding.enable', 'always'],
  [null, 'enable', false, 'sharding.enable', 'never'],
  [null, 'enable', 'auto', 'sharding.enable', 'auto'],
  [null, 'min_points_for_cmc', 5, 'sharding.minRows', 5],
  [null, 'run_id', 'x', 'rejected'],
  ['per_angle', 'per_angle_mode', 'auto', 'rejected'],
  [null, 'per_angle_mode', 'auto', 'rejected'],
  ['per_angle', 'constant_scaling_threshold', 3, 'rejected'],
  [null, 'constant_scaling_threshold', 3, 'rejected'],
  ['sharding', 'sharding_strategy', 'contiguous', 'sharding.strategy', 'contiguous'],
  ['sharding', 'strategy', 'contiguous', 'sharding.strategy', 'contiguous'],
  ['sharding', 'num_shards', 4, 'sharding.shards', 4],
  ['sharding', 'max_points_per_shard', 4, 'sharding.rowsPerShard', 4],
  ['sharding', 'min_points_per_shard', 4, 'sharding.minRowsPerShard', 4],
  ['sharding', 'min_points_per_param', 4, 'sharding.minRowsPerParameter', 4],
  ['backend_config', 'backend_name', 'pbs', 'backend.name', 'pbs'],
  ['backend_config', 'name', 'pbs', 'backend.name', 'pbs'],
  ['backend', 'name', 'pbs', 'backend.name', 'pbs'],
  ['backend_config', 'enable_checkpoints', true, 'accepted'],
  ['backend_config', 'enable_checkpoints', false, 'rejected'],
  ['backend_config', 'checkpoint_dir', './checkpoints', 'rejected'],
  ['backend_config', 'chain_method', 'parallel', 'rejected'],
  ['per_shard_mcmc', 'chain_method', 'parallel', 'rejected'],
  ['per_shard_mcmc', 'num_warmup', 5, 'sampling.warmup', 5],
  ['per_shard_mcmc', 'num_samples', 5, 'sampling.draws', 5],
  ['per_shard_mcmc', 'num_chains', 5, 'sampling.chains', 5],
  ['per_shard_mcmc', 'target_accept_prob', 0.9, 'sampling.targetAcceptProb', 0.9],
  ['per_shard_mcmc', 'target_accept', 0.9, 'sampling.targetAcceptProb', 0.9],
  ['per_shard_mcmc', 'max_tree_depth', 9, 'sampling.maxTreeDepth', 9],
  ['per_shard_mcmc', 'seed', 9, 'sampling.seed', 9],
  [null, 'seed', 9, 'sampling.seed', 9],
  ['per_shard_mcmc', 'dense_mass', true, 'sampling.metric', 'dense'],
  ['per_shard_mcmc', 'dense_mass', false, 'sampling.metric', 'diagonal'],
  ['per_shard_mcmc', 'init_strategy', 'init_to_median', 'sampling.initStrategy', 'init_to_median'],
  ['per_shard_mcmc', 'adaptive_sampling', true, 'rejected'],
  ['per_shard_mcmc', 'min_warmup', 100, 'rejected'],
  ['per_shard_mcmc', 'min_samples', 200, 'rejected'],
  ['per_shard_mcmc', 'enable_jax_profiling', false, 'rejected'],
  ['per_shard_mcmc', 'jax_profile_dir', './profiles', 'rejected'],
  ['validation', 'max_r_hat', 1.1, 'validation.maxRhat', 1.1],
  ['validation', 'max_per_shard_rhat', 1.1, 'validation.maxRhat', 1.1],
  ['validation', 'r_hat_threshold', 1.1, 'validation.maxRhat', 1.1],
  ['validation', 'min_ess', 100, 'validation.minEss', 100],
  ['validation', 'min_per_shard_ess', 100, 'validation.minEss', 100],
  ['validation', 'min_bfmi', 0.2, 'validation.minBfmi', 0.2],
  ['validation', 'max_divergence_rate', 0.2, 'validation.maxDivergenceRate', 0.2],
  ['validation', 'require_nlsq_warmstart', false, 'rejected'],
  ['validation', 'max_parameter_cv', 1, 'rejected'],
  ['validation', 'heterogeneity_abort', true, 'validation.heterogeneity', 'fail'],
  ['validation', 'heterogeneity_abort', false, 'validation.heterogeneity', 'warn'],
  ['nlsq', 'use_nlsq_warmstart', true, 'rejected'],
  ['nlsq', 'use_nlsq_informed_priors', true, 'rejected'],
  ['validation', 'use_nlsq_informed_priors', true, 'rejected'],
  ['nlsq', 'nlsq_prior_width_factor', 2, 'rejected'],
  ['validation', 'nlsq_prior_width_factor', 2, 'rejected'],
  [null, 'prior_width_factor', 2, 'rejected'],
  [null, 'prior_tempering', true, 'accepted'],
  [null, 'prior_tempering', false, 'rejected'],
  ['combination', 'combination_method', 'simple_average', 'combination.name', 'simple_average'],
  ['combination', 'method', 'simple_average', 'combination.name', 'simple_average'],
  ['combination', 'min_success_rate', 0.9, 'combination.minSuccessRate', 0.9],
  ['combination', 'min_success_rate_warning', 0.8, 'rejected'],
  ['timeout', 'per_shard_timeout', 60, 'timeout.task', 60],
  [null, 'per_shard_timeout', 60, 'timeout.task', 60],
  ['timeout', 'heartbeat_timeout', 60, 'timeout.heartbeat', 60],
  [null, 'heartbeat_timeout', 60, 'timeout.heartbeat', 60],
  ['reparameterization', 'use_reparam', true, 'rejected'],
  ['reparameterization', 'reparameterization_d_total', true, 'rejected'],
  ['reparameterization', 'reparameterization_log_gamma', true, 'rejected'],
  ['reparameterization', 'bimodal_min_weight', 0.2, 'rejected'],
  ['reparameterization', 'bimodal_min_separation', 0.5, 'rejected'],
]

const isNested = (name: string): boolean => ['name', 'strategy', 'method'].includes(name)

describe('every field of the Python reference is a setting, or rejected with a reason', () => {
  test.each(FIELDS.map(field => [field]))('%j', ([section, name, value, path, meaning]) => {
    const forms = [section === null ? { [name]: value } : { [section]: { [name]: value } }, ...(isNested(name) ? [] : [{ [name]: value }])]
    for (const input of forms) {
      if (path === 'rejected') {
        const error = errorOf(() => parseSettings(input, 'old.yaml'))
        expect(error.code).toBe('CHORALE_SETTINGS_UNSUPPORTED')
        expect(error.message).toContain(name)
        expect(error.details.fix).toMatch(/\.$/)
      } else if (path === 'accepted') expect(parseSettings(input)).toEqual(parseSettings({}))
      else {
        const [to, key] = path.split('.') as ['sampling', string]
        expect((parseSettings(input)[to] as Record<string, unknown>)[key]).toEqual(meaning)
      }
    }
  })

  test('the tables have no name that the list above does not have', () => {
    const listed = new Set(FIELDS.map(([, name]) => name))
    // Other spellings of the reparameterization flags, and fields of section reparameterization without their prefix.
    const spellings = ['enable_d_total', 'enable_log_gamma', 'enable_reparam', 'd_total', 'log_gamma']
    // What users of NumPyro and CmdStan write.
    const ofOthers = [
      ['thinning', 'sampling.thin'],
      ['save_warmup', 'sampling.saveWarmup'],
      ['warm_start', 'sampling.warmStart'],
      ['initial_values', 'sampling.initialValues'],
      ['inverse_metric', 'sampling.inverseMetric'],
      ['inverse_mass_matrix', 'sampling.inverseMetric'],
      ['early_stop', 'sampling.earlyStop'],
      ['checkpoint_seconds', 'sampling.checkpointSeconds'],
    ] as const
    for (const [name, to] of ofOthers) expect(REFERENCE_ALIASES.find(alias => alias.name === name)).toMatchObject({ to })
    const names = [...REFERENCE_ALIASES.map(({ name }) => name), ...REJECTED_NAMES.flatMap(rejected => rejected.names)]
    expect(names.filter(name => !listed.has(name)).sort()).toEqual([...spellings, ...ofOthers.map(([name]) => name)].sort())
  })
})

test('options that an alias stands for reach the sampler', () => {
  expect(sectionOptions(parseSettings({ per_shard_mcmc: { dense_mass: true } }), 'sampling')).toEqual({ metric: 'dense' })
})

const toSnakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

test.each(ALL_KEYS.filter(key => /[A-Z]/.test(key)))('%s is accepted in snake_case', key => {
  const [section, name] = key.split('.') as ['timeout', string]
  const isText = ['output.jobQueue', 'output.jobAccount'].includes(key)
  const value = (parseSettings({})[section] as unknown as Record<string, unknown>)[name] ?? (isText ? 'long' : 2)
  expect(parseSettings({ [section]: { [toSnakeCase(name)]: value } })[section]).toHaveProperty(name, value)
})

describe('one setting under two names', () => {
  test('with two values is an error that names both', () => {
    const error = errorOf(() => parseSettings({ sampling: { draws: 100 }, per_shard_mcmc: { num_samples: 200 } }, 'old.yaml'))
    expect(error.code).toBe('CHORALE_SETTINGS_INVALID')
    for (const part of ['sampling.draws', '100', 'per_shard_mcmc.num_samples', '200']) expect(error.message).toContain(part)
  })

  test('with one value is accepted', () => {
    expect(parseSettings({ seed: 7, sampling: { seed: 7 } }).sampling.seed).toBe(7)
  })
})
