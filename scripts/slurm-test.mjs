/**
 * Runs the tests of test/batch on a real Slurm, two nodes on this machine: `node scripts/slurm-test.mjs [--report FILE] [test files]`. Installs it from Debian packages where
 * it is missing and this process may (root, apt); says so and succeeds where there is none. Daemons and jobs run as a normal user: the caller, or `nobody` for root.
 * FILE gets vitest's JSON report with the paths of this checkout; it is not written where nothing ran.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, chmodSync, chownSync, constants, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'

import { root } from './setup.mjs'

const PACKAGES = ['slurmctld', 'slurmd', 'slurm-client', 'slurm-wlm-basic-plugins', 'munge']
const COMMANDS = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scontrol', 'scancel', 'sinfo']
const PATH = [process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter)
const { values, positionals } = parseArgs({ options: { report: { type: 'string' } }, allowPositionals: true })
const isRoot = process.getuid?.() === 0
const user = isRoot ? (process.env.SLURM_TEST_USER ?? 'nobody') : undefined

const isThere = command =>
  PATH.split(delimiter).some(folder => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

function leave(reason) {
  console.log(`The tests on a real Slurm do not run here: ${reason}.`)
  process.exit(0)
}

function install() {
  if (COMMANDS.every(isThere)) return
  if (!isRoot || !isThere('apt-get')) leave(`${COMMANDS.filter(command => !isThere(command)).join(', ')} not installed`)
  console.log(`Installing ${PACKAGES.join(', ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES],
  ]) {
    const { status } = spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
    if (status !== 0) leave(`apt-get ${args[0]} failed`)
  }
}

/** A command as the user who owns the Slurm, with few variables. */
function asUser(command, { cwd, env = {}, stdio = 'inherit' }) {
  const change = user === undefined ? [] : ['setpriv', '--reuid', user, '--regid', idOf('-g'), '--init-groups']
  const [file, ...args] = [...change, ...command]
  return spawnSync(file, args, { cwd, env: { PATH, HOME: folder, USER: user ?? process.env.USER ?? '', ...env }, stdio, encoding: 'utf8' })
}

const idOf = flag => spawnSync('id', [flag, user], { encoding: 'utf8' }).stdout.trim()

/** Where the user can read the checkout; a copy where it cannot. */
function readableCheckout() {
  if (user === undefined || asUser(['test', '-r', join(root, 'package.json')], { cwd: '/' }).status === 0) return root
  const copy = join(folder, 'checkout')
  console.log(`Copying the checkout to where ${user} can read it`)
  cpSync(root, copy, { recursive: true, verbatimSymlinks: true, filter: path => !/\/(\.git|runs)$/.test(path) })
  return copy
}

install()
const folder = mkdtempSync(join(tmpdir(), 'chorale-slurm-'))
chmodSync(folder, 0o755)
const slurm = join(folder, 'slurm')
mkdirSync(slurm)
const report = join(folder, 'report.json')
if (isRoot) for (const path of [folder, slurm]) chownSync(path, Number(idOf('-u')), Number(idOf('-g')))
let status
try {
  const checkout = readableCheckout()
  const up = asUser(['sh', join(checkout, 'scripts/slurm-up.sh'), slurm], { cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] })
  if (up.status !== 0) leave('the daemons did not start')
  try {
    const vitest = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--configLoader',
      'runner',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...(positionals.length > 0 ? positionals : ['test/batch/slurm-']),
    ]
    const { CHORALE_LONG_TESTS: long } = process.env
    const env = { SLURM_CONF: join(slurm, 'slurm.conf'), CHORALE_TEST_SLURM: 'real', ...(long ? { CHORALE_LONG_TESTS: long } : {}) }
    status = asUser([process.execPath, ...vitest], { cwd: checkout, env }).status
    if (values.report !== undefined) writeFileSync(values.report, readFileSync(report, 'utf8').replaceAll(checkout, root))
  } finally {
    asUser(['sh', join(checkout, 'scripts/slurm-down.sh'), slurm], { cwd: '/' })
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}
process.exit(status ?? 1)
