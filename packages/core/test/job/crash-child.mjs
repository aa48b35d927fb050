/**
 * Runs one task from a job bundle and kills itself before the given file-system operation (0: never). Prints how many operations there were.
 * argv: job.mjs, run directory, JSON of the task, number of the operation.
 */
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { pathToFileURL } from 'node:url'

const [, , job, run, task, killBefore] = process.argv
let operations = 0
const step = () => {
  if (++operations === Number(killBefore)) process.kill(process.pid, 'SIGKILL')
}
const stepping = (target, name) => {
  const original = target[name]
  target[name] = function (...args) {
    step()
    return original.apply(this, args)
  }
}

for (const name of ['mkdir', 'chmod', 'link', 'rename', 'unlink', 'writeFile']) stepping(fs, name)
const open = fs.open
fs.open = async (...args) => {
  step()
  const handle = await open(...args)
  for (const name of ['write', 'writeFile', 'sync', 'chmod']) stepping(handle, name)
  return handle
}
syncBuiltinESMExports()

const { runTask } = await import(pathToFileURL(job).href)
await runTask(JSON.parse(task), run, { attempt: 1, emit() {}, shouldStop: () => false })
console.log(operations)
