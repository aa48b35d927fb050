import { expect, test } from 'vitest'

import { chorale } from './command.js'
import { choraleHere } from './command-here.js'
import { normalModel, project, SETTINGS } from './project.js'
import { runsOf } from './run-files.js'
import { folderWith } from './project.js'

/** The normal model with a description of itself, as TypeScript. */
const DESCRIBED = `
import { base } from './base.mjs'
const kernel: string = 'sums'
export default {
  ...base,
  describe: (data: { rows: number }) => ({
    dimension: 1,
    rowsReason: 'each row has a term of its own',
    plates: [{ name: 'rows', size: data.rows, role: 'rows' }],
    sites: [{ name: 'mu', kind: 'parameter', distribution: 'normal', plates: [], shape: [], support: 'real', scope: 'global', size: 1 }],
    kernels: [{ site: 'y', kernel, reason: 'normal with known scale' }],
  }),
}
`
const described = {
  'model.ts': DESCRIBED,
  'base.mjs': normalModel().replace('export default', 'export const base ='),
  'chorale.config.yaml': SETTINGS.replace('model.mjs', 'model.ts'),
}

test('a model is bound to the first shard of its settings and shows what it is made of; no run is made', async () => {
  const where = project(described)
  const { code, stdout, stderr } = await chorale(where, 'model', 'inspect', 'model.ts')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^Data {5}2,000 rows in 3 shards; what follows is the first, of 666 rows$/m)
  expect(stdout).toMatch(/^ {9}each row has a term of its own$/m)
  expect(stdout).toMatch(/^rows +666 +rows$/m)
  expect(stdout).toMatch(/^y +sums +normal with known scale$/m)
  expect(runsOf(where)).toEqual([])
})

test('--json prints one document; settings beside the model are found from any folder', async () => {
  const where = project(described)
  const { code, stdout } = await choraleHere({ folder: '/' }, 'model', 'inspect', `${where.folder}/model.ts`, '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    settings: `${where.folder}/chorale.config.yaml`,
    model: 'model.ts',
    rows: 'independent',
    dataNames: ['y', 'part'],
    data: { rows: 2000, shards: 3, shardRows: 666 },
    bound: { dimension: 1, parameters: [{ name: 'mu' }], deterministics: [] },
    description: { kernels: [{ site: 'y', kernel: 'sums' }] },
  })
})

test('a run records the kernels of its first shard, and status --json shows them', async () => {
  const where = project(described)
  expect((await choraleHere(where, 'run', '--set', 'verification.enabled=false')).code).toBe(0)
  const status = await choraleHere(where, 'status', '--json')
  expect(JSON.parse(status.stdout)).toMatchObject({ kernels: [{ site: 'y', kernel: 'sums', reason: 'normal with known scale' }] })
  expect((await choraleHere(where, 'status')).stdout).not.toContain('sums')
})

test('a hand-written model has its parameters shown and is said to have no kernels', async () => {
  const { code, stdout } = await choraleHere(project(), 'model', 'inspect', 'model.mjs')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^mu +scalar +real +global +proper +1$/m)
  expect(stdout).toContain('no kernels to show')
})

test('--config names settings elsewhere', async () => {
  const where = project({
    'lab/settings.yaml': SETTINGS.replace('data.csv', '../data.csv'),
    'chorale.config.yaml': 'output: { directory: out }\n',
  })
  const without = await choraleHere(where, 'model', 'inspect', 'model.mjs')
  expect(without.stdout).toMatch(/^Data {5}not known: chorale\.config\.yaml names no data/m)
  const { code, stdout } = await choraleHere(where, 'model', 'inspect', 'model.mjs', '--config', 'lab/settings.yaml')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^Data {5}2,000 rows in 3 shards/m)
})

test('without settings rows and columns are all that is known, which is no failure', async () => {
  const { folder, dispose } = folderWith({ 'model.mjs': normalModel(), 'package.json': '{}' })
  const { code, stdout, stderr } = await choraleHere({ folder }, 'model', 'inspect', 'model.mjs')
  dispose()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^Columns {2}y, part$/m)
  expect(stdout).toMatch(/^Data {5}not known: no settings file was found/m)
})

test.each([
  ['a file that does not exist', 'nowhere.ts', {}, 'CHORALE_MODEL_NOT_FOUND'],
  ['a module without a model', 'model.mjs', { 'model.mjs': 'export default { rows: 1 }' }, 'CHORALE_MODEL_INVALID'],
  [
    'a column that the data do not have',
    'model.mjs',
    { 'model.mjs': normalModel().replace("'part'", "'prat'") },
    'CHORALE_DATA_COLUMN_UNKNOWN',
  ],
])('%s is a usage error', async (_, file, files, error) => {
  const { code, stdout, stderr } = await choraleHere(project(files), 'model', 'inspect', file)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(error)
})
