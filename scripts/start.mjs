/** `npm start`: prepares the clone, then runs the example. Arguments after `--` go to `chorale run`: `npm start -- --set data.every=15`. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { buildSources, prepare, root } from './setup.mjs'

prepare()
if (!buildSources()) process.exit(1)

const child = spawn(process.execPath, [join(root, 'packages', 'chorale', 'bin', 'chorale.js'), 'run', ...process.argv.slice(2)], {
  cwd: join(root, 'examples', 'flights'),
  stdio: 'inherit',
  // A group of its own: npm passes on the signal that the terminal has already sent to everyone, and a second Ctrl-C means "now".
  detached: process.platform !== 'win32',
})

const REPEATED_WITHIN_MS = 200
const last = new Map()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGWINCH']) {
  process.on(signal, () => {
    const now = performance.now()
    const repeated = now - (last.get(signal) ?? -Infinity) < REPEATED_WITHIN_MS
    last.set(signal, now)
    if (signal === 'SIGWINCH' || !repeated) child.kill(signal)
  })
}

// SIGTERM sent to npm alone ends the shell between npm and this process, and no more.
const parent = process.ppid
const orphaned = setInterval(() => {
  if (process.ppid === parent) return
  clearInterval(orphaned)
  child.kill('SIGINT')
}, REPEATED_WITHIN_MS)

child.on('error', error => {
  console.error(`The example could not be started: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
