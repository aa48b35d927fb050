import { expect, test } from 'vitest'

import { batchSettings, parseDuration } from '../../src/batch/batch-settings.js'
import type { BatchOptions } from '../../src/contracts/index.js'

test.each([
  ['00:10:00', 600],
  ['1-12:00:00', 129_600],
  ['90', 90],
  ['100:00:00', 360_000],
])('%s is %i seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds))

// Minutes to Slurm, hours to PBS.
test.each(['10:30', '1:2:3:4', '-5', '1h', ''])('%s is no time', text => expect(parseDuration(text)).toBeUndefined())

const hostile: readonly BatchOptions[] = [
  { queue: '-o/etc/passwd' },
  { queue: 'a b' },
  { queue: 'q;rm -rf ~' },
  { queue: '$(touch here)' },
  { account: 'x\n#PBS -l walltime=99' },
  { account: '`id`' },
  { project: "it's" },
  { project: 'größe' },
  { modules: ['gcc; id'] },
  { directives: ['--x\n#SBATCH --y'] },
  { prologue: ['one\ntwo'] },
  { env: { 'A=B': '1' } },
  { node: 'node' },
  { node: '/opt/no\nde' },
  { shell: '/bin/sh -x' },
  { template: '#!/bin/sh\necho nothing' },
  { walltime: '10:30' },
  { walltime: 0.5 },
  { memoryPerJob: '4G' },
  { cpus: 0 },
  { walltime: 60, walltimeMargin: 60 },
]

test.each(hostile.map(options => [JSON.stringify(options), options] as const))('refuses %s, and names the option', (_, options) => {
  const [name] = Object.keys(options).slice(-1)
  expect(() => batchSettings(options)).toThrow(
    expect.objectContaining({
      code: 'CHORALE_BATCH_OPTION_INVALID',
      message: expect.stringContaining(`backend.${name}`) as string,
    }) as Error,
  )
})

test('the margin is a minute, or a tenth of a short walltime', () => {
  expect(batchSettings({ walltime: '02:00:00' }).margin).toBe(60)
  expect(batchSettings({ walltime: 300 }).margin).toBe(30)
  expect(batchSettings({}).margin).toBe(60)
})

test('a retry may ask for four times the first request, or what the settings say', () => {
  expect(batchSettings({ walltime: 100, memoryPerJob: '1GB' })).toMatchObject({ maxWalltime: 400, maxMemory: 4e9 })
  expect(batchSettings({ walltime: 100, maxWalltime: 150 }).maxWalltime).toBe(150)
})

test('variables may be numbers, as people write them', () => {
  expect(batchSettings({ env: { OMP_NUM_THREADS: 1, NAME: 'x' } }).env).toEqual({ OMP_NUM_THREADS: '1', NAME: 'x' })
})

test('a template that is a path is told from one that runs nothing', () => {
  expect(() => batchSettings({ template: 'job.sh' })).toThrow('the text of a script is meant, not its path')
})
