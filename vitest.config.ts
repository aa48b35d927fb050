import { defineConfig } from 'vitest/config'

/** Unit tests read the packages' sources; tests that start threads or processes import the built packages by path. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^@chorale\/core\/(contracts|job|results)$/, replacement: `${import.meta.dirname}/packages/core/src/$1/index.ts` },
      { find: '@chorale/core/runtime', replacement: `${import.meta.dirname}/packages/core/src/composition.ts` },
      { find: '@chorale/core/command', replacement: `${import.meta.dirname}/packages/core/src/command.ts` },
      { find: /^@chorale\/([a-z-]+)$/, replacement: `${import.meta.dirname}/packages/$1/src/index.ts` },
    ],
  },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
