/** NumPyro, nutpie and BlackJAX: a Python process a model, which compiles once and then runs seed after seed. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder, runFolder } from '../cache.mjs'
import { startServer } from '../processes.mjs'
import { findPython } from './python/environment.mjs'

const server = fileURLToPath(new URL('python/server.py', import.meta.url))

/** Writes the columns of a posterior where server.py looks for them. */
function writeColumns(posterior) {
  const { rows, columns } = posterior.data()
  const folder = cacheFolder('columns', posterior.name)
  writeFileSync(join(folder, 'columns.json'), JSON.stringify({ rows, columns: Object.keys(columns) }))
  writeFileSync(
    join(folder, 'columns.f64'),
    Buffer.concat(Object.values(columns).map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength))),
  )
  return folder
}

/** A side in Python. `library` is one of those that server.py knows, `packages` those whose versions are told. */
export function createPythonSide(name, { title, library = name, warmup = 'default', packages }) {
  return {
    name,
    title,
    async prepare() {
      const python = await findPython()
      if (python.missing) return python
      return { version: [`Python ${python.version}`, ...packages.map(one => `${one} ${python.versions[one]}`)].join(', ') }
    },
    async open(posterior, { draws }) {
      const { python } = await findPython()
      const process = await startServer(python, [server, library, posterior.name, writeColumns(posterior), String(warmup), String(draws)])
      const { compileSeconds } = process.greeting
      return {
        async run(seed, { chains }) {
          const drawsFile = join(runFolder(name), `${posterior.name}-${seed}.f64`)
          const answer = await process.ask({ seed, chains, output: drawsFile })
          return { compileSeconds, ...answer, drawsFile, dispose: () => rmSync(drawsFile, { force: true }) }
        },
        close: () => process.stop(),
      }
    },
  }
}
