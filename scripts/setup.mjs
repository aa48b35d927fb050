/** Makes a fresh clone runnable with nothing but Node and npm: checks Node, installs the dependencies, compiles. Imports nothing but Node. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const NODE_AT_LEAST = [20, 19]
const PNPM = 'pnpm@10.34.9'
const STAMP = join(root, 'node_modules', '.cache', 'chorale', 'installed')

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > NODE_AT_LEAST[0] || (major === NODE_AT_LEAST[0] && minor >= NODE_AT_LEAST[1])) return
  console.error(`Chorale needs Node ${NODE_AT_LEAST.join('.')} or newer; this is ${process.versions.node} (${process.execPath}).`)
  console.error('  fix   install a current Node from https://nodejs.org, or: npx -y -p node@22 npm start')
  process.exit(1)
}

/** Runs a command and prints its output only when it fails. */
function quietly(title, command, args) {
  const shell = process.platform === 'win32'
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8', shell, maxBuffer: 1 << 28 })
  if (status === 0) return true
  console.error(`${title} failed: ${[command, ...args].join(' ')}`)
  console.error(`${stdout ?? ''}${stderr ?? ''}${error ? error.message : ''}`.trimEnd())
  return false
}

function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex')
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return
  console.log('Installing the dependencies (once; takes about a minute)')
  if (!quietly('Installing', 'npx', ['-y', PNPM, 'install', '--frozen-lockfile', '--config.confirmModulesPurge=false'])) process.exit(1)
  mkdirSync(join(STAMP, '..'), { recursive: true })
  writeFileSync(STAMP, wanted)
}

/** Node with one of the installed tools: no shell, no PATH. */
export const toolPath = (...path) => join(root, 'node_modules', ...path)

const sourceProjects = () =>
  readdirSync(join(root, 'packages'))
    .filter(name => existsSync(join(root, 'packages', name, 'tsconfig.json')))
    .map(name => `packages/${name}`)

/** Exits with a message when this Node is too old or the installation fails. */
export function prepare() {
  checkNode()
  install()
  removeStaleOutputs()
}

/** Removes compiled files whose source was moved or deleted: the compiler never does, and packing would ship them. */
export function removeStaleOutputs() {
  for (const project of sourceProjects()) {
    const dist = join(root, project, 'dist')
    if (!existsSync(dist)) continue
    for (const output of readdirSync(dist, { recursive: true })) {
      const source = join(root, project, 'src', output.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts'))
      if (/\.(d\.ts|js)(\.map)?$/.test(output) && !existsSync(source)) rmSync(join(dist, output))
    }
  }
}

/** Compiles the packages' sources, without their tests. Says whether it worked. */
export const buildSources = () => quietly('Compiling', process.execPath, [toolPath('typescript', 'bin', 'tsc'), '-b', ...sourceProjects()])

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  prepare()
  process.exit(buildSources() ? 0 : 1)
}
