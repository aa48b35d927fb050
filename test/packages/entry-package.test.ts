import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { execute, succeed } from './command.js'
import { CSV, FIRST_PROJECT, MODEL, POSTERIOR, ROWS, SAMPLING } from './mean-model.js'
import { installOnce, managers, temporaryFolder, type Run } from './project.js'
import { root } from './public-packages.js'

const settings = (model: string): string => `
import { defineConfig } from 'chorale'

export default defineConfig({
  model: '${model}',
  data: { path: 'rows.csv' },
  sharding: { shards: 2 },
  sampling: ${SAMPLING},
  validation: { minEss: 100 },
})
`

const SCRIPT = `
import { run } from 'chorale'

const outcome = await run({
  model: ${MODEL},
  data: { columns: { y: ${JSON.stringify(ROWS)} } },
  sampling: ${SAMPLING},
  validation: { minEss: 100 },
})
console.log(JSON.stringify(outcome.summary.parameters.mu))
`

/** Only what TypeScript says about it counts; it is never run. */
const CONSUMER = `
import { defineBackend, defineConfig, defineModel, definePlugin, run, type Model, type RunOutcome } from 'chorale'

declare module 'chorale' {
  interface BackendOptions {
    tutorial: { readonly latencySeconds?: number }
  }
}

const model: Model = defineModel(${MODEL})
export const outcome: Promise<RunOutcome> = run(defineConfig({ model, data: { columns: { y: [1, 2] } }, sampling: { draws: 10 } }))
export const config = defineConfig({ model: './model.ts', backend: { name: 'tutorial', latencySeconds: 1, parallelTasks: 2 } })

interface Options {
  readonly latencySeconds: number
}
const backend = defineBackend<Options>({
  name: 'mine',
  summary: 'A backend of my own',
  capabilities: { supportsSharding: true, maxParallelShards: 4 },
  create({ latencySeconds }, host) {
    host.log.info('waits', { latencySeconds })
    return host.liveBackend('mine', {}, { start: () => { throw new Error('not here') }, close: async () => undefined })
  },
})
export default definePlugin({ name: 'mine', apiVersion: 1, backends: [backend] })

// @ts-expect-error -- no such section
defineConfig({ modle: './model.ts' })
// @ts-expect-error -- no such option of this backend
defineConfig({ backend: { name: 'tutorial', latencySecond: 1 } })
defineConfig({ backend: { name: 'workers', isolation: 'process' } })
// @ts-expect-error -- neither "thread" nor "process"
defineConfig({ backend: { name: 'workers', isolation: 'container' } })
defineConfig({ backend: { name: 'pjit', devices: 2 } })
// @ts-expect-error -- the option is "devices"
defineConfig({ backend: { name: 'pjit', threads: 2 } })
// @ts-expect-error -- a model says what its likelihood is a product over
defineModel({ dataNames: [], bind: model.bind })
`

/** The code that the run's tasks executed. */
async function jobOf({ path }: Run): Promise<string> {
  const [digest] = await readdir(join(path, 'code'))
  return readFile(join(path, 'code', digest!, 'job.mjs'), 'utf8')
}

describe.each(managers)('the package chorale alone, installed by %s', { timeout: 120_000 }, manager => {
  const installed = installOnce({ manager, ours: ['chorale'] })

  test('settings in YAML are run', async context => {
    const project = await installed(context)
    await project.write(FIRST_PROJECT)
    expect(await project.chorale('run')).toMatchObject({ code: 0 })
  })

  test('the command brings everything with it: the settings may be where nothing is installed', async context => {
    const project = await installed(context)
    const folder = await temporaryFolder(FIRST_PROJECT)
    expect(await execute(folder, project.command, ['run'])).toMatchObject({ code: 0 })
    const { code, stderr } = await execute(folder, project.command, ['plugin', 'check', './nothing.mjs'])
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('CHORALE_PLUGIN_NOT_FOUND') })
  })

  test('settings and models in TypeScript are run; what a model imports from chorale adds nothing to its job', async context => {
    const project = await installed(context)
    await project.write({
      'rows.csv': CSV,
      'typed.ts': `import type { Model } from 'chorale'\nconst model: Model = ${MODEL}\nexport default model\n`,
      'defined.ts': `import { defineModel } from 'chorale'\nexport default defineModel(${MODEL})\n`,
      'typed.config.ts': settings('./typed.ts'),
      'defined.config.ts': settings('./defined.ts'),
    })
    const short = ['--backend', 'cpu', '--set', 'sampling.warmup=50', '--set', 'sampling.draws=20', '--set', 'validation.maxRhat=2']
    const typed = await jobOf(await project.run('--config', 'typed.config.ts', ...short))
    const defined = await jobOf(await project.run('--config', 'defined.config.ts', ...short))
    expect(typed.length).toBeLessThan(300_000)
    expect(Math.abs(defined.length - typed.length)).toBeLessThan(500)
    for (const text of [typed, defined]) expect(text).not.toMatch(/\b(zod|tsyringe|reflect-metadata|pino|cosmiconfig)\b/i)
  })

  test('run() takes a model object', async context => {
    const project = await installed(context)
    await project.write({ 'script.mjs': SCRIPT })
    const { stdout } = await succeed(project.folder, process.execPath, ['script.mjs'])
    const { mean, mcseMean } = JSON.parse(stdout) as { readonly mean: number; readonly mcseMean: number }
    expect(Math.abs(mean - POSTERIOR.mean)).toBeLessThan(4 * mcseMean)
  })

  test('the declarations need no types of others and no particular option of the compiler', async context => {
    const project = await installed(context)
    await project.write({ 'types/consumer.ts': CONSUMER })
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    // Every declaration is checked, except the compiler's own, which take half a minute: once, where each package sees only what it declares.
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022']
    const strictest = ['--skipLibCheck', 'false', '--skipDefaultLibCheck', '--exactOptionalPropertyTypes']
    const loosest = ['--skipLibCheck']
    await succeed(join(project.folder, 'types'), process.execPath, [
      tsc,
      ...options,
      ...(manager === 'pnpm' ? strictest : loosest),
      'consumer.ts',
    ])
  })
})
