import { defineConfig } from 'vitest/config'

/**
 * Files of these packages share a worker and what it has loaded: they leave nothing behind in the process. Loading everything again for each of hundreds
 * of small files takes longer than running them. Those of combiners and of test/ compute: in a worker of their own the compiler sees only their types.
 */
const SHARED = ['cli', 'core', 'data', 'diagnostics', 'model', 'random', 'report', 'sampler', 'wasm']

/** Those that measure the memory or the time of their process, or count what is loaded. */
const ALONE = [
  'packages/core/test/batch/many-tasks.test.ts',
  'packages/core/test/lifecycle/many-tasks.test.ts',
  'packages/core/test/pipeline/large-run.test.ts',
  'packages/report/test/large-run.test.ts',
]

const shared = SHARED.map(name => `packages/${name}/test/**/*.test.ts`)
const others = [`packages/!(${SHARED.join('|')})/test/**/*.test.ts`, 'test/**/*.test.ts', 'examples/*/test/**/*.test.ts']

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
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // A worker is shared as long as the next file may share it: one project after the other.
    projects: [
      { extends: true, test: { name: 'alone', include: [...others, ...ALONE], sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: 'shared', include: shared, exclude: ALONE, isolate: false, sequence: { groupOrder: 1 } } },
    ],
  },
})
