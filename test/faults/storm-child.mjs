/**
 * Plans a run, or goes on with planned ones through storms of deaths, torn files and delays, with the built packages. Prints a line of JSON for each run.
 *
 * Request (argv): `{ plan: settings, folder }`; `{ storms: [{ path, seed }] }` of which each `path` is a planned run of its own, and seed 0 has fair weather; or
 * `{ drive: path, speed }`: goes on with a run by a clock that is so many times faster than others.
 */
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { live } from './fail-points.mjs'

const { createRuntime, parseSettings, systemClock } = await import('../../packages/core/dist/index.js')
const { builtins } = await import('../../packages/chorale/dist/builtins.js')
const { createStream, prngKey } = await import('../../packages/random/dist/index.js')

/** Deaths before the weather gets fair. */
const MOST_DEATHS = 4
const SOME_DELAY_MS = 20

const tell = line => process.stdout.write(`${JSON.stringify(line)}\n`)
const signal = new AbortController().signal

const clockOf = speed => ({
  ...systemClock,
  monotonic: () => speed * systemClock.monotonic(),
  sleep: (ms, aborted) => systemClock.sleep(ms / speed, aborted),
  every: (ms, tick) => systemClock.every(ms / speed, tick),
})

async function withRuntime(folder, settings, use, clock = systemClock) {
  const runtime = await createRuntime({
    clock,
    settings: { settings: parseSettings(settings, 'storm'), origins: new Map(), warnings: [], folder },
    builtins,
  })
  try {
    return await use(runtime)
  } finally {
    await runtime[Symbol.asyncDispose]()
  }
}

const plan = (settings, folder) => withRuntime(folder, settings, ({ planner }) => planner.plan(signal, { enter: () => undefined }))

/** A life that died here lives on as a process: its lease must be taken. */
const resume = path =>
  withRuntime(path, { model: 'none' }, ({ pipeline }) => pipeline.resume(path, { trustRun: false, takeOver: true }, signal))

/** Cuts off a file of some attempt, finished or not, or changes a byte of it; undefined where there is none yet. */
function damage(path, stream) {
  const tasks = join(path, 'tasks')
  const files = readdirSync(tasks, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name !== 'task.json')
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
  if (files.length === 0) return undefined
  const file = files[stream.integer(files.length)]
  const bytes = readFileSync(file)
  const at = stream.integer(bytes.length + 1)
  if (stream.uniform() < 0.5 || at === bytes.length) truncateSync(file, at)
  else writeFileSync(file, bytes.with(at, bytes[at] ^ 0x55))
  return `${file.slice(tasks.length + 1)} damaged at byte ${at}`
}

/** How many steps a run takes in fair weather: deaths are spread over them. */
let usual = 400

async function weather({ path, seed }) {
  const stream = createStream(prngKey(seed))
  const happened = []
  for (let deaths = 0; ;) {
    const fair = seed === 0 || deaths >= MOST_DEATHS
    const last = 1 + stream.integer(usual)
    const tears = stream.uniform() < 0.4
    const faultAt = n => {
      if (fair) return undefined
      if (n >= last) return tears ? 'tear' : 'die'
      return stream.uniform() < 0.01 ? SOME_DELAY_MS * stream.uniform() : undefined
    }
    const { died, ended, error, steps } = await live(faultAt, () => resume(path))
    if (seed === 0) usual = steps
    if (died === undefined)
      return tell({
        path,
        seed,
        happened,
        status: ended?.status,
        error: error && { code: error.code, message: error.message, stack: error.stack },
      })
    happened.push(`${tears ? 'torn' : 'died'} at step ${died}`)
    const damaged = stream.uniform() < 0.3 && damage(path, stream)
    if (damaged) happened.push(damaged)
    deaths++
  }
}

const request = JSON.parse(process.argv[2])
if (request.plan) tell({ path: (await plan(request.plan, request.folder)).path })
else if (request.drive) {
  const go = ({ pipeline }) => pipeline.resume(request.drive, { trustRun: false, takeOver: false }, signal)
  tell({ status: (await withRuntime(request.drive, { model: 'none' }, go, clockOf(request.speed))).status })
} else for (const storm of request.storms) await weather(storm)
// Lives that died have timers and files that are still open.
process.exit(0)
