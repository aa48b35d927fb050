/** Sections of the Python reference and where their fields live here; null: all its fields have another place, or none. */
export const REFERENCE_SECTIONS: Readonly<Record<string, string | null>> = {
  backend_config: 'backend',
  per_shard_mcmc: 'sampling',
  per_angle: null,
  nlsq: null,
  reparameterization: null,
}

/** A name of the Python reference, or of NumPyro or CmdStan, that means one of our settings. */
export interface ReferenceAlias {
  readonly name: string
  /** Sections that it is accepted in, besides the top level. */
  readonly sections: readonly string[]
  /** Too short to mean the same at the top level. */
  readonly nested?: true
  readonly to: string
  /** Values that are written differently here. Others are passed on as they are. */
  readonly values?: readonly (readonly [from: unknown, to: unknown])[]
}

const sampling = ['sampling']
const validation = ['validation']
const sharding = ['sharding']

export const REFERENCE_ALIASES: readonly ReferenceAlias[] = [
  {
    name: 'enable',
    sections: [],
    to: 'sharding.enable',
    values: [
      [true, 'always'],
      [false, 'never'],
    ],
  },
  { name: 'min_points_for_cmc', sections: sharding, to: 'sharding.minRows' },
  { name: 'sharding_strategy', sections: sharding, to: 'sharding.strategy' },
  { name: 'num_shards', sections: sharding, to: 'sharding.shards' },
  { name: 'max_points_per_shard', sections: sharding, to: 'sharding.rowsPerShard' },
  { name: 'min_points_per_shard', sections: sharding, to: 'sharding.minRowsPerShard' },
  { name: 'min_points_per_param', sections: sharding, to: 'sharding.minRowsPerParameter' },
  { name: 'backend_name', sections: ['backend'], to: 'backend.name' },
  { name: 'num_chains', sections: sampling, to: 'sampling.chains' },
  { name: 'num_warmup', sections: sampling, to: 'sampling.warmup' },
  { name: 'num_samples', sections: sampling, to: 'sampling.draws' },
  { name: 'seed', sections: [], to: 'sampling.seed' },
  { name: 'target_accept_prob', sections: sampling, to: 'sampling.targetAcceptProb' },
  { name: 'target_accept', sections: sampling, to: 'sampling.targetAcceptProb' },
  { name: 'max_tree_depth', sections: sampling, to: 'sampling.maxTreeDepth' },
  {
    name: 'dense_mass',
    sections: sampling,
    to: 'sampling.metric',
    values: [
      [true, 'dense'],
      [false, 'diagonal'],
    ],
  },
  { name: 'init_strategy', sections: sampling, to: 'sampling.initStrategy' },
  { name: 'initial_values', sections: sampling, to: 'sampling.initialValues' },
  { name: 'warm_start', sections: sampling, to: 'sampling.warmStart' },
  { name: 'inverse_metric', sections: sampling, to: 'sampling.inverseMetric' },
  { name: 'inverse_mass_matrix', sections: sampling, to: 'sampling.inverseMetric' },
  { name: 'early_stop', sections: sampling, to: 'sampling.earlyStop' },
  { name: 'checkpoint_seconds', sections: sampling, to: 'sampling.checkpointSeconds' },
  { name: 'thinning', sections: sampling, to: 'sampling.thin' },
  { name: 'save_warmup', sections: sampling, to: 'sampling.saveWarmup' },
  { name: 'max_r_hat', sections: validation, to: 'validation.maxRhat' },
  { name: 'max_per_shard_rhat', sections: validation, to: 'validation.maxRhat' },
  { name: 'r_hat_threshold', sections: validation, to: 'validation.maxRhat' },
  { name: 'min_ess', sections: validation, to: 'validation.minEss' },
  { name: 'min_per_shard_ess', sections: validation, to: 'validation.minEss' },
  { name: 'min_bfmi', sections: validation, to: 'validation.minBfmi' },
  { name: 'max_divergence_rate', sections: validation, to: 'validation.maxDivergenceRate' },
  {
    name: 'heterogeneity_abort',
    sections: validation,
    to: 'validation.heterogeneity',
    values: [
      [true, 'fail'],
      [false, 'warn'],
    ],
  },
  { name: 'combination_method', sections: ['combination'], to: 'combination.name' },
  { name: 'method', sections: ['combination'], nested: true, to: 'combination.name' },
  { name: 'min_success_rate', sections: ['combination'], to: 'combination.minSuccessRate' },
  { name: 'per_shard_timeout', sections: ['timeout'], to: 'timeout.task' },
  { name: 'heartbeat_timeout', sections: ['timeout'], to: 'timeout.heartbeat' },
]

/** A setting of the Python reference that does not exist here. */
export interface RejectedName {
  readonly names: readonly string[]
  /** Sections that it is recognised in, besides the top level. */
  readonly sections: readonly string[]
  /** Accepted and without effect, because this is what always happens. */
  readonly accepted?: unknown
  readonly reason: string
  readonly fix: string
}

export const REJECTED_NAMES: readonly RejectedName[] = [
  {
    names: ['run_id'],
    sections: [],
    reason: 'A run is named by the time of its start, so that no two runs ever share a directory.',
    fix: 'Remove it; output.directory groups runs.',
  },
  {
    names: ['prior_tempering'],
    sections: ['validation'],
    accepted: true,
    reason: 'Every shard targets its share of the prior; without that the prior of K shards counts K times.',
    fix: 'Remove it, or set it to true.',
  },
  {
    names: ['enable_checkpoints'],
    sections: ['backend'],
    accepted: true,
    reason: 'A run directory always holds what a resume needs: finished chains are kept and the others run.',
    fix: 'Remove it, or set it to true.',
  },
  {
    names: ['checkpoint_dir'],
    sections: ['backend'],
    reason: 'Checkpoints are always in the run directory.',
    fix: 'Set output.directory.',
  },
  {
    names: ['chain_method'],
    sections: ['backend', 'sampling'],
    reason: 'Whether chains run side by side is the business of the backend, and draws do not depend on it.',
    fix: 'Set backend.parallelTasks (1: one after another).',
  },
  {
    names: ['adaptive_sampling', 'min_warmup', 'min_samples'],
    sections: ['sampling'],
    reason: 'Small shards get as many draws as large ones: their sub-posteriors are as hard to estimate.',
    fix: 'Set sampling.warmup and sampling.draws.',
  },
  {
    names: ['enable_jax_profiling', 'jax_profile_dir'],
    sections: ['sampling', 'backend'],
    reason: 'There is no JAX here.',
    fix: 'Remove it; node --cpu-prof profiles a run.',
  },
  {
    names: ['max_parameter_cv'],
    sections: ['validation'],
    reason: 'A coefficient of variation ignores the posterior sd: it passes a conflict of 200 sd and stops at a parameter near zero.',
    fix: 'Set validation.heterogeneity, which compares shards in units of their posterior sd.',
  },
  {
    names: ['min_success_rate_warning'],
    sections: ['combination'],
    reason: 'A run with missing shards always warns and never counts as exact.',
    fix: 'Set combination.minSuccessRate.',
  },
  {
    names: ['require_nlsq_warmstart', 'use_nlsq_warmstart'],
    sections: ['validation', 'nlsq'],
    reason: 'There is no least-squares fit before sampling; warmup finds the posterior.',
    fix: 'Remove it; sampling.initStrategy and sampling.initialValues say where chains start.',
  },
  {
    names: ['use_nlsq_informed_priors', 'nlsq_prior_width_factor', 'prior_width_factor'],
    sections: ['validation', 'nlsq'],
    reason: 'A prior made from a fit to the same data uses the data twice.',
    fix: 'Write the prior that you mean in the model.',
  },
  {
    names: ['per_angle_mode', 'constant_scaling_threshold'],
    sections: ['per_angle'],
    reason: 'How groups share parameters is part of the model.',
    fix: 'Write group parameters in the model: sampled, fixed or shared.',
  },
  {
    names: [
      'use_reparam',
      'reparameterization_d_total',
      'reparameterization_log_gamma',
      'enable_d_total',
      'enable_log_gamma',
      'enable_reparam',
      'd_total',
      'log_gamma',
    ],
    sections: ['reparameterization'],
    reason: 'A change of variables belongs to one model, not to a run.',
    fix: 'Write it in the model.',
  },
  {
    names: ['bimodal_min_weight', 'bimodal_min_separation'],
    sections: ['reparameterization'],
    reason: 'Separate modes are tested for by the combiner, with a calibrated test instead of fixed thresholds.',
    fix: 'Remove it.',
  },
]
