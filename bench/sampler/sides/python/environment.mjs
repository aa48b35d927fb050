/** A virtual environment of Python with the versions of requirements.txt, made in the cache when it is first needed. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cache, cacheFolder, fingerprint } from '../../cache.mjs'
import { runCommand } from '../../processes.mjs'

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url))
/** Its wheel asks for other versions of the libraries than the peers do, but only its headers and its stanc are used. */
const withoutDependencies = 'httpstan'

async function install() {
  const lines = readFileSync(requirements, 'utf8').trim().split('\n')
  const folder = join(cache, `python-${fingerprint(...lines)}`)
  const done = join(folder, 'complete')
  const python = join(folder, 'bin/python')
  if (!existsSync(done)) {
    cacheFolder()
    rmSync(folder, { recursive: true, force: true })
    console.error(`installing the Python side into ${folder}`)
    await runCommand('python3', ['-m', 'venv', folder], { pin: false })
    const isStan = line => line.startsWith(`${withoutDependencies}==`)
    const pip = (...what) => runCommand(python, ['-m', 'pip', 'install', '--quiet', ...what], { pin: false })
    await pip(...lines.filter(line => !isStan(line)))
    await pip('--no-deps', ...lines.filter(isStan))
    writeFileSync(done, '')
  }
  const question = 'import json, platform, sysconfig; print(json.dumps([platform.python_version(), sysconfig.get_paths()["purelib"]]))'
  const [version, packages] = JSON.parse((await runCommand(python, ['-c', question])).output)
  return { python, packages, version, versions: Object.fromEntries(lines.map(line => line.split('=='))) }
}

let environment

/** `{ python, packages, version, versions }`, or `{ missing }` with the reason. */
export function findPython() {
  environment ??= install().catch(error => ({ missing: `no Python environment: ${error.message.split('\n').slice(0, 2).join(' ')}` }))
  return environment
}
