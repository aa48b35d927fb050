import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/**
 * A CommonJS library, loaded when it is first used and not when this process starts: most runs use few of them, and loading is what a short run's time goes
 * to. At once, for code that cannot wait as `import()` does.
 */
export const library = <T>(name: string): T => require(name) as T
