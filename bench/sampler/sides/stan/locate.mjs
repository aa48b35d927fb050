/**
 * Where Stan's headers, its compiler and its threading library are: in the CmdStan that `CMDSTAN` names, else in the wheel of httpstan (the engine of
 * pystan), which the benchmark installs for itself.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findPython } from '../python/environment.mjs'

/** The one entry of a folder that begins like this. */
function entry(folder, beginning) {
  const name = existsSync(folder) ? readdirSync(folder).find(candidate => candidate.startsWith(beginning)) : undefined
  if (!name) throw new Error(`there is no ${beginning}* in ${folder}: is this a built CmdStan?`)
  return join(folder, name)
}

function fromCmdStan(root) {
  const libraries = join(root, 'stan/lib/stan_math/lib')
  const threading = entry(libraries, 'tbb_20')
  return {
    origin: `CmdStan, ${root}`,
    includes: [
      join(root, 'stan/src'),
      join(root, 'stan/lib/stan_math'),
      entry(join(root, 'stan/lib'), 'rapidjson'),
      entry(libraries, 'eigen'),
      entry(libraries, 'boost'),
      join(entry(libraries, 'sundials'), 'include'),
      join(threading, 'include'),
    ],
    compiler: join(root, 'bin/stanc'),
    library: entry(join(libraries, 'tbb'), 'libtbb.so'),
  }
}

async function fromWheel() {
  const python = await findPython()
  if (python.missing) return python
  const root = join(python.packages, 'httpstan')
  return {
    origin: `the headers and stanc of httpstan ${python.versions.httpstan} (pystan's engine)`,
    includes: [join(root, 'include')],
    compiler: join(root, 'stanc'),
    library: join(root, 'lib/libtbb.so.2'),
  }
}

function versionOf(includes) {
  const file = includes.map(folder => join(folder, 'stan/version.hpp')).find(path => existsSync(path))
  const text = readFileSync(file, 'utf8')
  return ['MAJOR', 'MINOR', 'PATCH'].map(part => new RegExp(`STAN_${part} (\\d+)`).exec(text)[1]).join('.')
}

async function locate() {
  try {
    const stan = process.env.CMDSTAN ? fromCmdStan(process.env.CMDSTAN) : await fromWheel()
    if (stan.missing) return stan
    const absent = [...stan.includes, stan.compiler, stan.library].find(path => !existsSync(path))
    if (absent) return { missing: `Stan is incomplete: there is no ${absent}` }
    return { ...stan, version: versionOf(stan.includes) }
  } catch (error) {
    return { missing: error.message }
  }
}

let located

/** `{ origin, includes, compiler, library, version }`, or `{ missing }` with the reason. */
export const locateStan = () => (located ??= locate())
