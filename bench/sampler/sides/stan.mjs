/** Stan's NUTS as CmdStan runs it (sides/stan/driver.cpp), draws in CSV files. */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, fingerprint, runFolder } from '../cache.mjs'
import { writeDraws } from '../draws-file.mjs'
import { runCommand } from '../processes.mjs'
import { createBuild, describeBuild } from './stan/build.mjs'
import { readStanCsv } from './stan/csv.mjs'
import { locateStan } from './stan/locate.mjs'

const shared = new Map()

/** Builds are shared by all sides that use them. */
function buildOf(stan, name) {
  if (!shared.has(name)) shared.set(name, createBuild(stan, name))
  return shared.get(name)
}

/** Data as JSON, written once. */
function dataFile(posterior) {
  const text = JSON.stringify(posterior.data().stan)
  const path = join(cacheFolder('stan-data'), `${posterior.name}-${fingerprint(text)}.json`)
  if (!existsSync(path)) writeFileSync(path, text)
  return path
}

const sum = values => values.reduce((a, b) => a + b, 0)

/** A side of Stan. `thin`: only every thin-th draw is written, so there is nothing to compute ESS from. */
export function createStanSide(name, { title, warmup, build = 'best', metric = 'diag_e', thin = 1 }) {
  return {
    name,
    title,
    async prepare() {
      const stan = await locateStan()
      if (stan.missing) return { missing: stan.missing }
      return { version: `Stan ${stan.version} from ${stan.origin}; ${describeBuild(build)}` }
    },
    async open(posterior) {
      const buildModel = await buildOf(await locateStan(), build)
      const { executable, compileSeconds } = await buildModel(posterior.stanFile)
      const data = dataFile(posterior)
      return {
        executable,
        data,
        async run(seed, { chains, draws }) {
          const folder = runFolder(`${name}-${posterior.name}-${seed}`)
          const output = join(folder, 'output')
          const settings = [data, output, seed, warmup, draws, thin, metric, chains].map(String)
          const { output: lines, seconds } = await runCommand(executable, settings)
          const phases = lines
            .trim()
            .split('\n')
            .map(line => JSON.parse(line))
          const files = Array.from({ length: chains }, (_, chain) => readStanCsv(`${output}-${chain + 1}.csv`))
          const drawsFile = join(folder, 'draws.f64')
          if (thin === 1)
            writeDraws(
              drawsFile,
              { names: posterior.scalars, chains, draws },
              (k, chain, draw) => files[chain].get(posterior.scalars[k])[draw],
            )
          return {
            compileSeconds,
            processSeconds: seconds,
            // Stan computes the gradient at the start of each transition again; here only what NUTS needs is counted.
            chains: phases.map(({ warmup: warming, sampling }, chain) => ({
              warmup: { seconds: warming.seconds, gradients: warming.gradients - warmup, iterations: warmup },
              sampling: {
                seconds: sampling.seconds,
                gradients: sampling.gradients,
                leapfrogs: sampling.gradients - draws,
                draws,
                divergences: sum(files[chain].get('divergent__')),
              },
            })),
            drawsFile: thin === 1 ? drawsFile : undefined,
            dispose: () => rmSync(folder, { recursive: true, force: true }),
          }
        },
        async close() {},
      }
    },
  }
}
