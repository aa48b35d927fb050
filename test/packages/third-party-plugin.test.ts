import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, type TestContext } from 'vitest'

import { succeed } from './command.js'
import { FIRST_PROJECT, SETTINGS } from './mean-model.js'
import { installOnce, type Project, type Run } from './project.js'
import { PNPM, root } from './public-packages.js'

/** The draws of every chain, byte for byte. */
async function drawsOf({ path }: Run): Promise<Readonly<Record<string, string>>> {
  const files = (await readdir(join(path, 'tasks'), { recursive: true })).filter(file => /^sample-.*draws\.bin$/.test(file)).sort()
  return Object.fromEntries(
    await Promise.all(files.map(async file => [file, (await readFile(join(path, 'tasks', file))).toString('base64')])),
  )
}

/** A package that is there, with an entry that only `import` finds. */
const WITHOUT_DEFAULT = {
  'node_modules/chorale-backend-hidden/package.json': JSON.stringify({
    name: 'chorale-backend-hidden',
    version: '1.0.0',
    type: 'module',
    exports: { '.': { import: './index.js' } },
  }),
  'node_modules/chorale-backend-hidden/index.js': `export default { name: 'hidden', apiVersion: 1 }`,
}

describe("a third party's backend, installed by pnpm beside chorale", { timeout: 120_000 }, () => {
  const packed = async (folder: string): Promise<Readonly<Record<string, string>>> => {
    await succeed(join(root, 'examples', 'plugin-template'), 'npx', ['-y', PNPM, 'pack', '--pack-destination', folder])
    return { 'chorale-backend-tutorial': 'file:chorale-backend-tutorial-0.1.0.tgz' }
  }
  const installed = installOnce({ manager: 'pnpm', ours: ['chorale'], others: packed })
  let reference: Readonly<Record<string, string>> | undefined

  async function projectWithReference(context: TestContext): Promise<Project> {
    const project = await installed(context)
    await project.write(FIRST_PROJECT)
    reference ??= await drawsOf(await project.run('--backend', 'cpu'))
    return project
  }

  test('named in plugins, it gives the draws of cpu, bit by bit', async context => {
    const project = await projectWithReference(context)
    await project.write({
      'named.yaml': `${SETTINGS}plugins: [chorale-backend-tutorial]\nbackend: { name: tutorial, latencySeconds: 0.01 }\n`,
    })
    const draws = await drawsOf(await project.run('--config', 'named.yaml'))
    expect(Object.keys(draws)).toHaveLength(4)
    expect(draws).toEqual(reference)
  })

  test('by the name of its package alone, the same', async context => {
    const project = await projectWithReference(context)
    await project.write({ 'unnamed.yaml': `${SETTINGS}backend: tutorial\n` })
    expect(await drawsOf(await project.run('--config', 'unnamed.yaml'))).toEqual(reference)
  })

  test('it passes the contract suite', async context => {
    const project = await installed(context)
    expect(await project.chorale('plugin', 'check', 'chorale-backend-tutorial')).toMatchObject({ code: 0 })
  })

  test('a misspelt option is refused with the options that exist', async context => {
    const project = await projectWithReference(context)
    const { code, stderr } = await project.chorale('run', '--set', 'backend={ name: tutorial, latencySecond: 1 }')
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('CHORALE_OPTIONS_INVALID') })
    expect(stderr).toContain('latencySeconds')
  })

  for (const flags of [
    ['--set', 'plugins=[chorale-backend-hidden]'],
    ['--backend', 'hidden'],
  ]) {
    test(`a package whose exports lack "default" is told how to mend them: ${flags.join(' ')}`, async context => {
      const project = await installed(context)
      await project.write({ ...FIRST_PROJECT, ...WITHOUT_DEFAULT })
      const { code, stderr } = await project.chorale('run', ...flags)
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('CHORALE_PLUGIN_EXPORTS') })
      expect(stderr).toMatch(/fix .*"default"/)
    })
  }
})
