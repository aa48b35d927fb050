/** `npm run bench`: prepares the clone, then runs the benchmark of the sampler. Arguments after `--` go to it: `npm run bench -- --quick`. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildSources, prepare, root } from './setup.mjs'

prepare()
if (!buildSources()) process.exit(1)

const { status } = spawnSync(process.execPath, [join(root, 'bench', 'sampler', 'run.mjs'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
