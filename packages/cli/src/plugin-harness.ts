import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

import {
  bundleJob,
  createRunDirectory,
  executeTask,
  hostOf,
  layout,
  loadJob,
  runTaskFromBundle,
  writeShards,
  type Found,
  type Host,
  type Log,
  type ModelReference,
  type PluginRegistry,
  type RunContext,
  type SampleTask,
  type Table,
} from '@chorale/core'
import type { Trial, TrialHarness, TrialRequest } from './testkit.js'
import { trialModel } from './trial-model.js'

const quiet: Log = { info: () => undefined, warn: () => undefined }

/** Rows of a shard and draws of a chain: a second or less, or minutes. */
const SIZES = {
  short: { rows: 50, warmup: 50, draws: 100 },
  long: { rows: 20_000, warmup: 100, draws: 200_000 },
} as const
/** Where memory is measured: millions of rows, each iteration of which takes long. */
const FEW = { warmup: 1, draws: 1 } as const

/** What a backend is tried with: real run directories in a temporary folder, the real sampler, and a normal model that goes wrong on demand. */
export async function pluginHarness(registry: PluginRegistry): Promise<TrialHarness & { dispose(): Promise<void> }> {
  const sampler = await registry.find('sampler', 'nuts', 'chorale plugin check')
  const folder = await mkdtemp(join(tmpdir(), 'chorale-plugin-check-'))
  const host: Host = hostOf(quiet)
  return {
    faults: ['exits', 'killed', 'hangs'],
    host: () => host,
    context: request => runOnTrial(folder, sampler, request),
    // A task that ignored its stop may still write there.
    dispose: () => rm(folder, { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined),
  }
}

async function runOnTrial(folder: string, sampler: Found<'sampler'>, request: TrialRequest): Promise<Trial> {
  const { path: run } = await createRunDirectory(folder, { wall: Date.now() })
  const module = `model-${basename(run)}.mjs`
  await writeFile(join(folder, module), trialModel(request.fault, join(folder, `mark-${basename(run)}`)))
  const { path, digest } = await bundleJob({
    model: { path: module, exportName: 'default' },
    sampler: { name: sampler.definition.name, url: sampler.code.url },
    folder,
    outputDirectory: run,
  })
  const bundled: ModelReference = { kind: 'bundle', path, exportName: 'default', digest }
  const { model } = await loadJob(run, bundled)
  const { rows = SIZES[request.length].rows } = request
  const data = await writeShards(
    run,
    Array.from({ length: request.shards }, (_, shard) => trialTable(rows, shard, shard === request.throwingShard)),
  )
  const context: RunContext = {
    runDirectory: run,
    signal: request.signal,
    log: quiet,
    limits: { parallelTasks: 8, memoryBytes: Infinity, taskSeconds: 3600, heartbeatSeconds: 600, attempts: 2 },
    runTask: (task, hooks) =>
      task.model.kind === 'inline'
        ? executeTask({ runDirectory: run, task, hooks, model, sampler: sampler.definition })
        : runTaskFromBundle(run, task, hooks),
  }
  const reference: ModelReference = request.model === 'inline' ? { kind: 'inline', id: 'trial' } : bundled
  return {
    context,
    tasks: data.shards.flatMap(shard => trialTasks(request, sampler, reference, data.directory, shard)),
    attemptDirectory: (task, attempt) => layout.attemptDirectory(run, task, attempt),
    dispose: () => rm(run, { recursive: true, force: true }),
  }
}

function trialTable(rows: number, shard: number, throws: boolean): Table {
  const column = (name: string, value: (row: number) => number) => ({
    name,
    values: Float64Array.from({ length: rows }, (_, row) => value(row)),
  })
  return {
    rows,
    columns: [column('y', row => Math.sin(row + shard)), column('shard', () => shard), column('throws', () => (throws ? 1 : 0))],
  }
}

type TrialShard = Awaited<ReturnType<typeof writeShards>>['shards'][number]

function trialTasks(
  { chains, shards, length, rows }: TrialRequest,
  { definition, code }: Found<'sampler'>,
  model: ModelReference,
  directory: string,
  shard: TrialShard,
): readonly SampleTask[] {
  const { warmup, draws } = rows === undefined ? SIZES[length] : FEW
  return Array.from({ length: chains }, (_, chain) => ({
    format: 1,
    kind: 'sample',
    id: layout.sampleTaskId(shard.id, chain, 0),
    shard: shard.id,
    chain,
    restart: 0,
    key: [shard.id + 1, chain + 1],
    model,
    data: { kind: 'columns', directory, digest: shard.digest },
    summary: { chain },
    powers: { prior: 1 / shards, jacobian: 1 / shards, likelihood: 1 },
    load: { rows: shard.rows, dataBytes: shard.bytes, dimension: 2, draws: warmup + draws },
    sampler: { ...code, name: definition.name },
    settings: { warmup, draws, targetAcceptProb: 0.8, maxTreeDepth: 10, thin: 1, saveWarmup: false, options: {} },
  }))
}
