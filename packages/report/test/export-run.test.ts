import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { exportRun, FORMATS } from '../src/index.js'
import { temporaryFolder } from './folders.js'
import { memoryRun, site } from './memory-run.js'

const RUN = memoryRun({ sites: [site('mu')] })
const NAMES = FORMATS.map(({ name }) => name)

describe.each(NAMES)('%s', format => {
  test('appears whole, under the name that was asked for, and nothing else', async () => {
    const folder = await temporaryFolder()
    const result = await exportRun(RUN, { format, out: join(folder, 'out') })
    expect(result).toEqual({ format, path: join(folder, 'out'), chains: 2, draws: 40, missing: [] })
    expect(await readdir(folder)).toEqual(['out'])
  })

  test('leaves what is there, unless it is to be replaced', async () => {
    const folder = await temporaryFolder()
    const out = join(folder, 'out')
    await exportRun(RUN, { format, out })
    await expect(exportRun(RUN, { format, out })).rejects.toMatchObject({ code: 'CHORALE_EXPORT_EXISTS' })
    await exportRun(RUN, { format, out, existing: 'replace' })
    expect(await readdir(folder)).toEqual(['out'])
  })

  test('leaves nothing behind when a draw cannot be read half-way', async () => {
    const folder = await temporaryFolder()
    const posterior = await RUN.posterior()
    const broken = {
      ...posterior.chains[1]!.values,
      async *blocks() {
        yield new Float64Array(3)
        throw new Error('the disk is gone')
      },
    }
    const run = {
      ...RUN,
      posterior: async () => ({ ...posterior, chains: [posterior.chains[0]!, { ...posterior.chains[1]!, values: broken }] }),
    }
    await expect(exportRun(run, { format, out: join(folder, 'out') })).rejects.toThrow('the disk is gone')
    expect(await readdir(folder)).toEqual([])
  })

  test('says which folder does not exist', async () => {
    const out = join(await temporaryFolder(), 'nowhere', 'out')
    await expect(exportRun(RUN, { format, out })).rejects.toMatchObject({ code: 'CHORALE_EXPORT_FOLDER' })
  })
})

test.each(NAMES.filter(format => format !== 'netcdf'))(
  '%s: equal runs give equal files (HDF5 writes the time of day into its own)',
  async format => {
    const folder = await temporaryFolder()
    for (const name of ['one', 'two']) await exportRun(RUN, { format, out: join(folder, name) })
    const bytesOf = async (name: string): Promise<Buffer> =>
      format === 'cmdstan' ? readFile(join(folder, name, `${RUN.id}_1.csv`)) : readFile(join(folder, name))
    expect((await bytesOf('one')).equals(await bytesOf('two'))).toBe(true)
  },
)

test('a folder that is exported into again keeps what else is in it', async () => {
  const out = join(await temporaryFolder(), 'out')
  await mkdir(out)
  await writeFile(join(out, 'notes.txt'), 'mine')
  await exportRun(RUN, { format: 'cmdstan', out, existing: 'replace' })
  expect((await readdir(out)).sort()).toEqual([`${RUN.id}_1.csv`, `${RUN.id}_2.csv`, 'notes.txt'])
})

test('a format that does not exist is named with those that do', async () => {
  await expect(exportRun(RUN, { format: 'hdf', out: 'out' })).rejects.toMatchObject({
    code: 'CHORALE_EXPORT_FORMAT',
    details: { available: NAMES },
  })
})

test('what a run lacks is part of the result', async () => {
  const missing = [{ what: 'chain 1 of shard 0', why: 'it is not finished' }]
  const run = { ...RUN, posterior: async () => ({ ...(await RUN.posterior()), missing }) }
  expect((await exportRun(run, { format: 'json', out: join(await temporaryFolder(), 'out') })).missing).toEqual(missing)
})

test('a run without draws is refused with the reason', async () => {
  const missing = [{ what: 'combined draws', why: 'the run has no summary' }]
  const run = { ...RUN, shards: [0, 1], posterior: async () => ({ scale: 'constrained' as const, sites: [], chains: [], missing }) }
  await expect(exportRun(run, { format: 'json' })).rejects.toMatchObject({
    code: 'CHORALE_NO_DRAWS',
    message: expect.stringContaining('combined draws: the run has no summary'),
  })
})
