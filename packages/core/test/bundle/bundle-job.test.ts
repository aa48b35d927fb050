import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isChoraleError, type ChoraleError } from '../../src/contracts/index.js'
import { bundleJob, loadJob } from '../../src/bundle/index.js'
import { bundleProject, temporaryFolder, writeProject } from '../job/tiny-run.js'

async function errorOf(outcome: Promise<unknown>): Promise<ChoraleError> {
  const error = await outcome.then(
    () => new Error('no error'),
    (thrown: unknown) => thrown,
  )
  if (!isChoraleError(error)) throw error
  return error
}

/** Bundles a project whose model.ts is `model`, with more files beside it. */
async function bundleModel(model: string, files: Readonly<Record<string, string>> = {}, exportName?: string) {
  const folder = await temporaryFolder()
  await writeProject(folder, model)
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  const job = await bundleProject(folder, folder, exportName)
  return { folder, job, text: await readFile(join(folder, job.path), 'utf8') }
}

const BIND = `rows: 'independent', dataNames: ['x'], bind() {}`

test('equal code gives equal bytes wherever it lies, and no path of this machine', async () => {
  const folder = await temporaryFolder()
  const places = [join(folder, 'a'), join(folder, 'much/deeper/than/a')]
  const jobs = []
  for (const place of places) {
    await writeProject(place)
    await mkdir(join(place, 'lib'))
    await writeFile(join(place, 'lib/levels.cjs'), `exports.levels = require('node:path').sep.length\n`)
    await writeFile(join(place, 'model.ts'), `import { levels } from './lib/levels.cjs'\nexport default { ${BIND}, levels }\n`)
    jobs.push(await bundleProject(place, place))
  }
  expect(jobs[1]).toEqual(jobs[0])
  const text = await readFile(join(places[1]!, jobs[1]!.path), 'utf8')
  for (const trace of [folder, 'much/deeper', import.meta.dirname, 'packages/core', 'src/job', 'levels.cjs"'])
    expect(text).not.toContain(trace)
})

test('a bundle is one small file: no schema library, no container, no bundler', async () => {
  const { text, job } = await bundleModel(`export default { ${BIND} }`)
  expect(text).not.toMatch(/zod|tsyringe|reflect-metadata|esbuild|pino/i)
  expect([...text.matchAll(/^import .* from "(.+)";$/gm)].map(([, from]) => from).filter(from => !from!.startsWith('node:'))).toEqual([])
  expect(job.bytes).toBeLessThan(60_000)
})

test('another model gives another digest', async () => {
  const [one, other] = [await bundleModel(`export default { ${BIND}, k: 1 }`), await bundleModel(`export default { ${BIND}, k: 2 }`)]
  expect(one.job.digest).not.toBe(other.job.digest)
})

test('a CommonJS package that asks for a module of Node runs in the bundle', async () => {
  const { folder, job } = await bundleModel(`import seps from 'seps'\nexport default { ${BIND}, seps }`, {
    'node_modules/seps/package.json': '{"name":"seps","version":"1.0.0","main":"index.js"}',
    'node_modules/seps/index.js': `module.exports = require('path').sep`,
  })
  const { model } = await loadJob(folder, { kind: 'bundle', path: job.path, digest: job.digest, exportName: 'default' })
  expect(model).toMatchObject({ seps: '/' })
})

test('a model may have its own createRequire', async () => {
  const source = `import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)\nexport default { ${BIND}, os: require('os').EOL }`
  await bundleModel(source)
})

test('a model with a name of its own is found by that name', async () => {
  const { folder, job } = await bundleModel(`export const flights = { ${BIND}, mine: true }`, {}, 'flights')
  expect((await loadJob(folder, { kind: 'bundle', ...job, exportName: 'flights' })).model).toMatchObject({ mine: true })
})

test('a missing model file is named, with the modules that are there', async () => {
  const folder = await temporaryFolder()
  await writeProject(folder)
  const request = { model: { path: 'modell.ts', exportName: 'default' }, sampler: { name: 'lattice', url: 'sampler.mjs' } }
  const error = await errorOf(bundleJob({ ...request, folder, outputDirectory: folder }))
  expect(error.code).toBe('CHORALE_MODEL_NOT_FOUND')
  expect(error.details).toMatchObject({ lookedIn: folder, available: ['model.ts', 'regression.ts', 'sampler.mjs'] })
})

test('an import that cannot be found is named with the place that asks for it', async () => {
  const error = await errorOf(bundleModel(`\nimport x from 'distributions'\nexport default { ${BIND}, x }`))
  expect(error.code).toBe('CHORALE_MODEL_NOT_FOUND')
  expect(error.message).toContain('model.ts:2:15 imports "distributions"')
  expect(error.details.fix).toBe('npm install distributions')
})

test('a syntax error is shown with file and line', async () => {
  const error = await errorOf(bundleModel(`export default {\n  rows: independent'\n}`))
  expect(error.code).toBe('CHORALE_MODEL_UNREADABLE')
  expect(error.message).toMatch(/model\.ts:2:\d+: Unterminated string literal/)
})

test('a throw while the module is loaded is shown', async () => {
  const error = await errorOf(bundleModel(`throw new Error('license server is down')`))
  expect(error).toMatchObject({ code: 'CHORALE_MODEL_UNREADABLE' })
  expect(error.message).toContain('license server is down')
})

test('a native addon is not portable', async () => {
  const files = { 'addon.node': 'ELF' }
  const error = await errorOf(bundleModel(`import addon from './addon.node'\nexport default { ${BIND}, addon }`, files))
  expect(error.code).toBe('CHORALE_MODEL_NOT_PORTABLE')
  expect(error.message).toContain('addon.node')
})

test('code that looks for files beside its own is not portable', async () => {
  const files = { 'here.cjs': 'module.exports = __dirname' }
  const error = await errorOf(bundleModel(`import here from './here.cjs'\nexport default { ${BIND}, here }`, files))
  expect(error.code).toBe('CHORALE_MODEL_NOT_PORTABLE')
})

test.each([
  [`export const model = { ${BIND} }`, /"default" .* does not exist/],
  [`export default 3`, /is number, not an object/],
  [`export default { dataNames: [], bind() {} }`, /has no rows/],
  [`export default { rows: 'joint', bind() {} }`, /has no dataNames/],
  [`export default { rows: { by: 'school' }, dataNames: ['y'] }`, /has no method bind/],
])('what is not a model is refused: %s', async (source, message) => {
  const error = await errorOf(bundleModel(source))
  expect(error.code).toBe('CHORALE_MODEL_INVALID')
  expect(error.message).toMatch(message)
})

test('a sampler that the plugin does not have is refused, with those it has', async () => {
  const folder = await temporaryFolder()
  await writeProject(folder)
  const request = { model: { path: 'model.ts', exportName: 'default' }, sampler: { name: 'hmc', url: join(folder, 'sampler.mjs') } }
  const error = await errorOf(bundleJob({ ...request, folder, outputDirectory: folder }))
  expect(error).toMatchObject({ code: 'CHORALE_SAMPLER_NOT_FOUND', details: { available: ['lattice'] } })
})
