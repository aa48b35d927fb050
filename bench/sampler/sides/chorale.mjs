/** Chorale: the built packages of this repository. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runFolder } from '../cache.mjs'
import { runCommand } from '../processes.mjs'

const script = fileURLToPath(new URL('chorale/run-chains.mjs', import.meta.url))
const built = fileURLToPath(new URL('../../../packages/sampler/dist/plugin.js', import.meta.url))

/** A side of Chorale with these settings. */
export function createChoraleSide(name, { title, warmup, options = {} }) {
  return {
    name,
    title,
    async prepare() {
      return existsSync(built) ? { version: process.version } : { missing: 'the packages are not built: run `pnpm build`' }
    },
    async open(posterior) {
      return {
        async run(seed, { chains, draws }) {
          const folder = runFolder(`${name}-${posterior.name}-${seed}`)
          const settings = { seed, chains, warmup, draws, options }
          const { output } = await runCommand(process.execPath, [script, posterior.name, JSON.stringify(settings), folder])
          return {
            ...JSON.parse(output),
            drawsFile: join(folder, 'draws.f64'),
            dispose: () => rmSync(folder, { recursive: true, force: true }),
          }
        },
        async close() {},
      }
    },
  }
}
