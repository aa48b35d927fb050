/** A planned run without the command: job bundle, shards on disk, and a task for each chain; and a way to run its tasks with any backend. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bundleJob,
  createRunDirectory,
  layout,
  liveBackend,
  loadJob,
  runTaskFromBundle,
  systemClock,
  writeShards,
} from '../../packages/core/dist/index.js'

const packages = new URL('../../packages/', import.meta.url)
const sampler = { name: 'nuts', url: new URL('sampler/dist/index.js', packages).href, version: '0.0.0', digest: '' }
const quiet = { info: () => undefined, warn: () => undefined }
const host = { log: quiet, liveBackend: (name, capabilities, transport) => liveBackend(name, capabilities, transport, systemClock) }

/** `tables` yields the columns of each shard, `model` is the path of the module, `root` where the run directory is made. */
export async function planRun({ model: path, tables, chains = 1, warmup, draws, maxTreeDepth = 10, root = tmpdir() }) {
  const folder = mkdtempSync(join(root, 'chorale-scaling-'))
  const { path: run } = await createRunDirectory(folder, { wall: Date.now() })
  const job = await bundleJob({ model: { path, exportName: 'default' }, sampler, folder: '/', outputDirectory: run })
  const model = { kind: 'bundle', path: job.path, exportName: 'default', digest: job.digest }
  const all = [...tables]
  const { model: loaded } = await loadJob(run, model)
  const [first] = all
  const data = { rows: first.rows, column: name => first.columns.find(column => column.name === name).values }
  const summary = loaded.summarize?.(data) ?? null
  const { dimension } = loaded.bind(data, summary)
  const written = await writeShards(run, all)
  const tasks = written.shards.flatMap(shard =>
    Array.from({ length: chains }, (_, chain) => ({
      format: 1,
      kind: 'sample',
      id: layout.sampleTaskId(shard.id, chain, 0),
      shard: shard.id,
      chain,
      restart: 0,
      key: [shard.id + 1, chain + 1],
      model,
      data: { kind: 'columns', directory: written.directory, digest: shard.digest },
      summary,
      powers: { prior: 1 / all.length, jacobian: 1 / all.length, likelihood: 1 },
      load: { rows: shard.rows, dataBytes: shard.bytes, dimension, draws: warmup + draws },
      sampler,
      settings: { warmup, draws, targetAcceptProb: 0.8, maxTreeDepth, thin: 1, saveWarmup: false, options: {} },
    })),
  )
  return { run, tasks, dispose: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) }
}

/** A backend of the workspace, made anew. */
export async function backendOf(name, options = {}) {
  const { default: plugin } = await import(new URL(`backend-${name}/dist/index.js`, packages).href)
  const defaults = name === 'workers' ? { isolation: 'thread' } : {}
  return plugin.backends[0].create({ ...defaults, ...options }, host)
}

/**
 * Runs the tasks of a plan with a backend. `round` names the tasks: those of another round do not go on from what earlier ones left. Seconds of the whole, and of
 * each chain its phases, its draws' digest and its own time: from the claim of its attempt to its marker.
 */
export async function sample({ run, tasks }, backend, { parallelTasks = 2, round = 0 } = {}) {
  const context = {
    runDirectory: run,
    signal: new AbortController().signal,
    log: quiet,
    limits: { parallelTasks, memoryBytes: Infinity, taskSeconds: 3600, heartbeatSeconds: 600, attempts: 1 },
    runTask: (task, hooks) => runTaskFromBundle(run, task, hooks),
  }
  const named = tasks.map(task => ({ ...task, id: `${task.id}-r${round}` }))
  const began = performance.now()
  const lines = []
  const results = []
  for await (const event of backend.run(named, context)) {
    if (event.type === 'log') lines.push(event.line)
    if (event.type === 'failed') throw new Error(event.failure.message)
    if (event.type === 'completed') results.push(event)
  }
  const seconds = (performance.now() - began) / 1000
  const chains = results.map(({ task, result: { attempt, files } }) => {
    const directory = layout.attemptDirectory(run, task, attempt)
    const { sampling, warmup } = JSON.parse(readFileSync(join(directory, 'chain.json'), 'utf8'))
    const own = (statSync(layout.doneMarker(run, task, attempt)).mtimeMs - statSync(directory).birthtimeMs) / 1000
    return { task: task.replace(/-r\d+$/, ''), sampling, warmup, own, draws: files.find(file => file.path === 'draws.bin').digest }
  })
  return { seconds, chains, lines }
}

/** One text for all draws: equal for equal draws. */
export const drawsOf = ({ chains }) =>
  chains
    .map(({ task, draws }) => `${task} ${draws}`)
    .sort()
    .join()
