import { describe, expect, test } from 'vitest'

import { execute } from './command.js'
import { FIRST_PROJECT, MODEL, POSTERIOR, ROWS, SAMPLING } from './mean-model.js'
import { installOnce, managers, uninstall } from './project.js'
import { PNPM } from './public-packages.js'

/** What a run on one machine needs, each named by the user; npm and pnpm bring what these need. */
const ONE_MACHINE = ['@chorale/core', '@chorale/sampler', '@chorale/combiners', '@chorale/data', '@chorale/backend-cpu', '@chorale/cli']

describe.each(managers)('only the packages that a run needs, installed by %s', { timeout: 120_000 }, manager => {
  const installed = installOnce({ manager, ours: ONE_MACHINE })
  const throughManager = manager === 'npm' ? ['--no', 'chorale'] : ['-y', PNPM, 'exec', 'chorale']

  test('a run of a CSV file gives the posterior', async context => {
    const project = await installed(context)
    await project.write(FIRST_PROJECT)
    const { code, stdout, stderr } = await execute(project.folder, 'npx', [...throughManager, 'run', '--json'])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const { parameters } = JSON.parse(stdout) as {
      readonly parameters: Record<string, { readonly mean: number; readonly mcseMean: number }>
    }
    const { mean, mcseMean } = parameters['mu']!
    expect(Math.abs(mean - POSTERIOR.mean)).toBeLessThan(4 * mcseMean)
  })

  test('data may stand in the settings', async context => {
    const project = await installed(context)
    const columns = JSON.stringify({ y: ROWS.slice(0, 100) })
    await project.write({
      'model.mjs': `export default ${MODEL}`,
      'inline.yaml': `model: ./model.mjs\ndata: { columns: ${columns} }\nsampling: ${SAMPLING}\nvalidation: { minEss: 100 }\n`,
    })
    expect(await project.run('--config', 'inline.yaml')).toMatchObject({ code: 0 })
  })

  test('a backend that is not installed is named with its package, and nothing is run', async context => {
    const project = await installed(context)
    const { code, stderr } = await project.chorale('run', '--backend', 'pbs')
    expect(code).toBe(2)
    expect(stderr).toContain('CHORALE_BACKEND_NOT_INSTALLED')
    expect(stderr).toContain('pnpm add @chorale/backend-pbs')
    expect(stderr).toMatch(/available +cpu\n/)
  })

  test('a removed combiner package is missed by name', async context => {
    const project = await installed(context)
    await uninstall(project, '@chorale/combiners')
    const { code, stderr } = await project.chorale('run')
    expect({ code, stderr }).toMatchObject({ code: 2 })
    expect(stderr).toContain('CHORALE_COMBINER_NOT_INSTALLED')
    expect(stderr).toContain('provided by @chorale/combiners, which is not installed')
  })
})
