import { expect, test } from 'vitest'

import { diagnoseMachine, type MachineFacts } from '../../src/machine/diagnose-machine.js'

const GB = 1e9
const FINE: MachineFacts = {
  node: '20.19.0',
  usableCores: 8,
  cores: 8,
  affinity: 8,
  quota: undefined,
  usableMemory: 20 * GB,
  totalMemory: 32 * GB,
  memoryLimit: undefined,
  addressSpace: undefined,
  wasmMemory: true,
}
const lineOf = (what: string, change: Partial<MachineFacts>) => diagnoseMachine({ ...FINE, ...change }).find(line => line.what === what)!

test('a machine that has everything is ok in every line', () => {
  expect(diagnoseMachine(FINE).map(({ level }) => level)).toEqual(['ok', 'ok', 'ok', 'ok'])
})

test.each([
  ['18.20.0', 'problem'],
  ['20.18.9', 'problem'],
  ['20.19.0', 'ok'],
  ['22.0.0', 'ok'],
] as const)('Node %s: %s', (node, level) => expect(lineOf('Node', { node }).level).toBe(level))

test('one usable core of many is a warning that names what takes the others', () => {
  const { level, found, change } = lineOf('cores', { usableCores: 1, affinity: 2, quota: 0.5 })
  expect([level, found]).toEqual(['warning', '1 of 8 may be used (affinity 2, control group 0.5)'])
  expect(change).toContain('more cores')
  expect(lineOf('cores', { usableCores: 1, cores: 1, affinity: 1 }).level).toBe('ok')
})

test('little memory is a warning', () => {
  expect(lineOf('memory', { usableMemory: 0.2 * GB, memoryLimit: 0.3 * GB })).toMatchObject({
    level: 'warning',
    found: '0.2 GB may be used of 32.0 GB, control group 0.3 GB',
  })
})

test('a limit on addresses that leaves no room for WebAssembly is a problem, with the command that lifts it', () => {
  const { level, found, change } = lineOf('WebAssembly', { addressSpace: 8 * GB, wasmMemory: false })
  expect([level, found]).toEqual([
    'problem',
    'no memory can be made: address space limited to 8.0 GB, and V8 reserves about 10 GB of addresses for each',
  ])
  expect(change).toMatch(/ulimit -v unlimited.*not for vmem/)
})

test('of this machine there is something to say in every line', () => {
  expect(diagnoseMachine().map(({ what }) => what)).toEqual(['Node', 'cores', 'memory', 'WebAssembly'])
})
