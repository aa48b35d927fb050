/** The built packages, and the problems that the tests of `@chorale/combiners` define: one definition for both. */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)
const inRoot = path => fileURLToPath(new URL(path, root))

// The tests are TypeScript and name packages; jiti belongs to core.
const { createJiti } = createRequire(new URL('packages/core/package.json', root))('jiti')
const jiti = createJiti(inRoot('.'), {
  fsCache: false,
  alias: {
    '@chorale/core/contracts': inRoot('packages/core/dist/contracts/index.js'),
    '@chorale/random': inRoot('packages/random/dist/index.js'),
    '@chorale/diagnostics': inRoot('packages/diagnostics/dist/index.js'),
  },
})

/** A TypeScript module below packages/combiners/test, by its path there. */
export const importTest = path => jiti.import(inRoot(`packages/combiners/test/${path}`))
