/**
 * A client that dies. `node client.mjs PLAN POINT` submits the tasks of a plan (JSON: tasks, run, options) to Slurm with the built packages, and kills itself at a point:
 * `after-intent`: when the intent is on disk and sbatch has not been started; `after-sbatch`: when sbatch has answered and the id is not recorded; `after-answer`: when it is.
 */
import { readFileSync } from 'node:fs'

import { hostOf } from '../../packages/core/dist/index.js'
import { systemClock } from '../../packages/core/dist/clock.js'
import { systemExec } from '../../packages/core/dist/exec.js'
import { slurm } from '../../packages/backend-slurm/dist/index.js'

const [plan, point] = process.argv.slice(2)
const { run, tasks, options } = JSON.parse(readFileSync(plan, 'utf8'))
const die = () => process.kill(process.pid, 'SIGKILL')

const exec = async (argv, settings) => {
  const submits = argv[0] === 'sbatch' && argv.length > 2
  if (submits && point === 'after-intent') die()
  const answer = await systemExec(argv, settings)
  if (submits && point === 'after-sbatch') die()
  return answer
}

const log = { info: () => undefined, warn: () => undefined }
const backend = await slurm.create(options, hostOf(log, systemClock, exec))
const limits = { parallelTasks: 1000, memoryBytes: 1e12, taskSeconds: 600, heartbeatSeconds: 600, attempts: 3 }
await backend.submit(tasks, { runDirectory: run, signal: new AbortController().signal, log, limits })
if (point === 'after-answer') die()
