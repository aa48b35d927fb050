import { defineConfig } from 'vitest/config'

/**
 * Files of these packages share workers and what those have loaded: they leave nothing behind in the process. Loading everything again for each of hundreds
 * of small files takes longer than running them. Those of test/ compute, or start processes: in a worker of their own the compiler sees only their types.
 */
const SHARED = [
  'backend-pbs',
  'backend-slurm',
  'cli',
  'core',
  'data',
  'diagnostics',
  'model',
  'random',
  'report',
  'sampler',
  'testkit',
  'wasm',
]

/** These compute as well, all with the same types: they share workers with each other. */
const COMBINERS = 'combiners'

/** Those that measure the memory or the time of their process, count what is loaded, or run jobs. */
const ALONE = [
  'packages/backend-pbs/test/{contract,life,queues}.test.ts',
  'packages/core/test/batch/many-tasks.test.ts',
  'packages/core/test/lifecycle/many-tasks.test.ts',
  'packages/core/test/pipeline/large-run.test.ts',
  'packages/report/test/large-run.test.ts',
  'packages/testkit/test/backend/contract.test.ts',
]

const testsOf = (packages: string): string => `packages/${packages}/test/**/*.test.ts`
const others = [testsOf(`!(${[COMBINERS, ...SHARED].join('|')})`), 'test/**/*.test.ts', 'examples/*/test/**/*.test.ts']

/** Unit tests read the packages' sources; tests that start threads or processes import the built packages by path. */
export default defineConfig({
  resolve: {
    alias: [
      {
        find: /^@chorale\/core\/(contracts|job|plugins|records|results|settings)$/,
        replacement: `${import.meta.dirname}/packages/core/src/$1/index.ts`,
      },
      { find: '@chorale/core/job/thread', replacement: `${import.meta.dirname}/packages/core/src/job/thread.ts` },
      { find: '@chorale/core/runtime', replacement: `${import.meta.dirname}/packages/core/src/composition.ts` },
      { find: /^@chorale\/core\/(command|version)$/, replacement: `${import.meta.dirname}/packages/core/src/$1.ts` },
      { find: /^@chorale\/([a-z-]+)$/, replacement: `${import.meta.dirname}/packages/$1/src/index.ts` },
    ],
  },
  test: {
    // For a machine that is busy with other things, too: what waits for a condition has limits of its own.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // On two processors two would leave one of them idle while a test waits for a process or a file.
    maxWorkers: 3,
    // One project after the other, by name: a worker is shared as long as the next file may share it.
    projects: [
      { extends: true, test: { name: 'alone', include: [...others, ...ALONE] } },
      { extends: true, test: { name: COMBINERS, include: [testsOf(COMBINERS)], isolate: false } },
      { extends: true, test: { name: 'shared', include: SHARED.map(testsOf), exclude: ALONE, isolate: false } },
    ],
  },
})
