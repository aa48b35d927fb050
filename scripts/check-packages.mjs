/** Packs every public package as a publish would, and checks each tarball: publint, attw, what is in it, and what its manifest promises. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { root, toolPath } from './setup.mjs'

const execute = promisify(execFile)
const AT_ONCE = 2

/** Runs a program; a failure's message is what it printed. */
const run = (command, args, options = {}) =>
  execute(command, args, { cwd: root, maxBuffer: 1 << 26, shell: process.platform === 'win32', ...options }).then(
    ({ stdout }) => stdout,
    error => {
      throw new Error(`${error.stdout ?? ''}${error.stderr ?? ''}`.trim() || error.message)
    },
  )

const publicPackages = () =>
  readdirSync(join(root, 'packages'))
    .map(folder => ({
      folder: join('packages', folder),
      manifest: JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')),
    }))
    .filter(({ manifest }) => !manifest.private)

const tarballName = ({ name, version }) => `${name.replace('@', '').replace('/', '-')}-${version}.tgz`

function contentProblems(files) {
  const missing = ['package.json', 'README.md', 'LICENSE'].filter(file => !files.includes(file)).map(file => `${file} is missing`)
  if (!files.some(file => file.startsWith('dist/'))) missing.push('dist/ is missing: compile first')
  const unwanted = files.filter(file =>
    /(^|\/)(tests?|node_modules|runs)\/|\.(test|spec)\.|\.tsbuildinfo$|(^|\/)tsconfig.*\.json$|\.tgz$/.test(file),
  )
  return [...missing, ...unwanted.map(file => `${file} should not be packed`)]
}

/** Every subpath that names conditions has `types` first and `default` last: `require.resolve` from a settings file's folder needs `default`. */
function exportProblems({ exports }, files) {
  return Object.entries(exports ?? { '(none)': {} }).flatMap(([subpath, target]) => {
    const targets = typeof target === 'string' ? [target] : Object.values(target)
    const problems = targets
      .filter(file => !file.includes('*') && !files.includes(file.replace('./', '')))
      .map(file => `exports["${subpath}"] names ${file}, which is not packed`)
    if (typeof target !== 'string' && !('default' in target)) problems.push(`exports["${subpath}"] has no "default"`)
    return problems
  })
}

const protocolProblems = manifest =>
  ['dependencies', 'peerDependencies', 'optionalDependencies'].flatMap(kind =>
    Object.entries(manifest[kind] ?? {})
      .filter(([, range]) => /^(workspace|link|file|catalog):/.test(range))
      .map(([name, range]) => `${kind}["${name}"] is "${range}": nobody outside this workspace can install it`),
  )

async function publintProblems(tarball) {
  const bytes = readFileSync(tarball)
  const { messages, pkg } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
    strict: true,
    level: 'warning',
  })
  return messages.map(message => `publint: ${formatMessage(message, pkg, { color: false })}`)
}

const attwProblems = tarball =>
  run(process.execPath, [
    toolPath('@arethetypeswrong', 'cli', 'dist', 'index.js'),
    tarball,
    '--profile',
    'esm-only',
    '--format',
    'ascii',
    '--no-color',
    '--no-emoji',
  ]).then(
    () => [],
    error => [`attw: ${error.message}`],
  )

async function problemsOf({ manifest }, folder) {
  const tarball = join(folder, tarballName(manifest))
  const files = (await run('tar', ['-tzf', tarball]))
    .trim()
    .split('\n')
    .map(file => file.replace(/^package\//, ''))
  const packed = JSON.parse(await run('tar', ['-xzOf', tarball, 'package/package.json']))
  return [
    ...contentProblems(files),
    ...exportProblems(packed, files),
    ...protocolProblems(packed),
    ...(await publintProblems(tarball)),
    ...(await attwProblems(tarball)),
  ]
}

const folder = mkdtempSync(join(tmpdir(), 'chorale-pack-'))
try {
  const packages = publicPackages()
  await run('npx', ['-y', 'pnpm@10.34.9', '-r', '--filter', './packages/*', 'pack', '--pack-destination', folder])
  const waiting = [...packages]
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const problems = await problemsOf(next, folder).catch(error => [error.message])
      for (const problem of problems) console.log(`${next.manifest.name}: ${problem}`)
      if (problems.length > 0) process.exitCode = 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
