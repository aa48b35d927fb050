/**
 * `npm run bench`: prepares the clone, then runs a benchmark: that of the sampler, or the one that the first argument names. Arguments after it go to it:
 * `npm run bench -- --quick`, `npm run bench -- combiners --quick`.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildSources, prepare, root } from './setup.mjs'

const benchmarks = ['sampler', 'combiners', 'gradient', 'scaling']
const [first, ...others] = process.argv.slice(2)
const named = first !== undefined && !first.startsWith('-')
if (named && !benchmarks.includes(first)) {
  console.error(`There is no benchmark "${first}": there are ${benchmarks.join(', ')}.`)
  process.exit(2)
}

prepare()
if (!buildSources()) process.exit(1)

const script = join(root, 'bench', named ? first : 'sampler', 'run.mjs')
const { status } = spawnSync(process.execPath, [script, ...(named ? others : process.argv.slice(2))], { cwd: root, stdio: 'inherit' })
process.exit(status ?? 1)
