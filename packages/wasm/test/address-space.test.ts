import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'

const script = `
  import { kernelMemory } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)}
  try {
    const memory = kernelMemory({ sharedBytes: 2 ** 32 })
    memory.view(memory.reserve(1e6), 3)().fill(1)
    console.log('works')
  } catch (error) {
    console.log(error.code, error.details.fix)
  }
`

/** What the built package says in a process that may have 6 GB of addresses. */
const limited = (options: string): string =>
  spawnSync('sh', ['-c', `ulimit -v 6000000; exec "${process.execPath}" --input-type=module -e "$0"`, script], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: options },
  }).stdout

describe.skipIf(process.platform !== 'linux')('where addresses are limited, as in some batch jobs', () => {
  test('the error says how to lift the limit', () => {
    expect(limited('')).toMatch(/^CHORALE_WASM_MEMORY .*ulimit -v/)
  })

  test('memories can be had without reserving addresses', () => {
    expect(limited('--disable-wasm-trap-handler')).toBe('works\n')
  })
})
