/**
 * Executables of Stan models: driver.cpp, compiled once for each set of flags, with the C++ that stanc writes, against a precompiled header as CmdStan has.
 * Kept in the cache under names that tell flags and sources apart.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder, fingerprint } from '../../cache.mjs'
import { runCommand } from '../../processes.mjs'

export const gcc = 'g++'
const driver = fileURLToPath(new URL('driver.cpp', import.meta.url))

/** CmdStan's own flags, but for warnings. */
const always = ['-std=c++17', '-pthread', '-D_REENTRANT', '-DBOOST_DISABLE_ASSERTS', '-w']

/** How Stan is built: `best` with everything that makes it faster, `plain` as CmdStan builds without being told anything. */
export const builds = {
  best: { stanc: ['--O1'], gcc: ['-O3', '-march=native', '-DSTAN_NO_RANGE_CHECKS'] },
  plain: { stanc: [], gcc: ['-O3'] },
}

export const describeBuild = build =>
  `stanc ${[...builds[build].stanc, ''].join(' ')}+ ${gcc} ${builds[build].gcc.join(' ')}`.replace('  ', ' ')

const compile = commandArguments => runCommand(gcc, commandArguments, { pin: false })

/** Makes a file unless it is there: under another name first, so that a build that was broken off leaves nothing. */
async function makeOnce(path, make) {
  if (existsSync(path)) return
  const unfinished = path.replace(/(\.[a-z]+)*$/, extension => `.unfinished${extension}`)
  await make(unfinished)
  renameSync(unfinished, path)
}

/** Compiles what all models of a build share; answers a function that makes the executable of one model. */
export async function createBuild(stan, name) {
  const { stanc, gcc: flags } = builds[name]
  const common = [...always, ...flags, ...stan.includes.flatMap(folder => ['-isystem', folder])]
  const folder = cacheFolder(`stan-${name}-${fingerprint(stan.origin, stan.version, ...common, ...stanc, readFileSync(driver, 'utf8'))}`)
  const driverObject = join(folder, 'driver.o')
  const header = join(folder, 'model.hpp')
  writeFileSync(header, '#include <stan/model/model_header.hpp>\n')
  await Promise.all([
    makeOnce(driverObject, path => compile([...common, '-c', driver, '-o', path])),
    makeOnce(`${header}.gch`, path => compile([...common, '-x', 'c++-header', header, '-o', path])),
  ])

  const made = new Map()
  return sourceFile => {
    if (!made.has(sourceFile)) made.set(sourceFile, buildModel(sourceFile))
    return made.get(sourceFile)
  }

  async function buildModel(sourceFile) {
    const source = fileURLToPath(new URL(`models/${sourceFile}`, import.meta.url))
    const id = `m${fingerprint(readFileSync(source, 'utf8'))}`
    const executable = join(folder, id)
    const record = `${executable}.json`
    if (!existsSync(executable) || !existsSync(record)) {
      const start = performance.now()
      await runCommand(stan.compiler, [...stanc, '--name', `${id}_model`, `--o=${executable}.cpp`, source], { pin: false })
      await compile([...common, '-include', header, '-c', `${executable}.cpp`, '-o', `${executable}.o`])
      const rpath = `-Wl,-rpath,${join(stan.library, '..')}`
      await compile([...flags, '-pthread', driverObject, `${executable}.o`, stan.library, rpath, '-o', executable])
      writeFileSync(record, JSON.stringify({ compileSeconds: (performance.now() - start) / 1000 }))
    }
    return { executable, ...JSON.parse(readFileSync(record, 'utf8')) }
  }
}
