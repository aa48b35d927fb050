import fc from 'fast-check'

import type { SettingsInput } from '../../src/settings/index.js'

const least = (minimum: number) => fc.integer({ min: minimum, max: 1e9 })
const text = fc.string({ minLength: 1, maxLength: 8 })
const word = fc.stringMatching(/^o[a-z]{2,8}x$/)
const share = fc.double({ min: 0.01, max: 0.99, noNaN: true })
const options = fc.dictionary(
  word,
  fc.oneof(
    text,
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(x => x + 0),
    fc.array(least(0)),
  ),
  { maxKeys: 3 },
)
const some = <T extends Record<string, fc.Arbitrary<unknown>>>(fields: T) => fc.record(fields, { requiredKeys: [] })

/** Values of every setting, by section. */
export const FIELDS = {
  data: {
    source: text.filter(name => name !== 'inline'),
    path: text,
    columns: fc.array(text),
    factors: fc.array(text),
    every: least(1),
    missing: fc.constantFrom('error', 'drop'),
  },
  sharding: {
    strategy: text,
    shards: fc.oneof(fc.constant('auto'), least(1)),
    by: text,
    rowsPerShard: fc.oneof(fc.constant('auto'), least(1)),
    minRowsPerShard: least(1),
    minRowsPerParameter: least(1),
    minRows: least(0),
    enable: fc.constantFrom('auto', 'always', 'never'),
  },
  backend: { name: text, parallelTasks: least(1), memory: fc.oneof(least(1), fc.constant('8 GiB')), attempts: least(1) },
  sampling: {
    name: text,
    chains: least(1),
    warmup: least(0),
    draws: least(1),
    seed: least(0),
    targetAcceptProb: share,
    maxTreeDepth: fc.integer({ min: 1, max: 20 }),
    restarts: least(0),
    thin: least(1),
    saveWarmup: fc.boolean(),
    fixed: fc.dictionary(word, fc.oneof(share, fc.array(share, { minLength: 1 })), { maxKeys: 3 }),
  },
  combination: {
    name: text,
    draws: least(1),
    locals: fc.constantFrom('conditional', 'transport', 'skip'),
    localDraws: least(1),
    evaluate: fc.constantFrom('auto', 'driver', 'backend'),
    minSuccessRate: share,
  },
  validation: {
    maxRhat: share.map(x => 1 + x),
    minEss: least(0),
    minBfmi: share,
    maxDivergenceRate: share,
    maxTreeDepthSaturation: share,
    minAcceptProb: share,
    maxShift: share,
    heterogeneity: fc.constantFrom('warn', 'fail', 'off'),
    level: fc.constantFrom('warn', 'fail'),
    levels: some({ rhat: fc.constantFrom('warn', 'fail', 'off'), shift: fc.constantFrom('warn', 'fail', 'off') }),
    gradientCheck: fc.boolean(),
  },
  verification: { enabled: fc.boolean(), draws: least(1), maxRounds: least(0) },
  timeout: { task: share, heartbeat: share, run: share },
  output: {
    directory: text,
    mode: fc.constantFrom('private', 'group'),
    combine: fc.constantFrom('driver', 'job'),
    jobQueue: text,
    jobAccount: text,
    jobWalltime: fc.oneof(least(1), fc.constantFrom('02:30:00', '1-12:00:00')),
    jobMemory: least(1),
    logLikelihood: fc.boolean(),
    predictive: fc.boolean(),
    predictionDraws: least(1),
    predictionSpace: least(1),
  },
}

/** Settings with any of their fields. */
export const anySettings: fc.Arbitrary<SettingsInput> = some({
  $schema: text,
  plugins: fc.array(text),
  reproducible: fc.constantFrom('bitwise', 'statistical'),
  model: fc.oneof(text, fc.record({ path: text }), fc.record({ path: text, export: text })),
  ...Object.fromEntries(
    Object.entries(FIELDS).map(([section, fields]) => [
      section,
      ['data', 'backend', 'sampling', 'combination'].includes(section)
        ? fc.tuple(some(fields), options).map(([own, other]) => ({ ...other, ...own }))
        : some(fields as Record<string, fc.Arbitrary<unknown>>),
    ]),
  ),
}) as fc.Arbitrary<SettingsInput>
