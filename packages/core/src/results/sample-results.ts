import { readFile } from 'node:fs/promises'

import type { TaskResult } from '../contracts/task.js'
import { isPlainlyValid } from '../plugins/plain-schema.js'
import { layout, listAcceptedTasks, readAcceptedResult } from '../run-directory/index.js'

/** The pinned result of one chain. */
export interface SampleResult {
  readonly chain: number
  readonly task: string
  /** @throws ChoraleError for a record that cannot be read */
  readonly result: () => Promise<TaskResult>
}

const SAMPLE = /^sample-(\d+)-(\d+)(?:-r(\d+))?$/

/** The chains of each shard that count, by shard: of its highest restart, and of no other. */
export async function sampleResults(run: string): Promise<ReadonlyMap<number, readonly SampleResult[]>> {
  const found = (await listAcceptedTasks(run)).flatMap(task => {
    const [, shard, chain, restart = '0'] = SAMPLE.exec(task) ?? []
    if (shard === undefined || chain === undefined) return []
    return [{ task, shard: Number(shard), chain: Number(chain), restart: Number(restart) }]
  })
  const highest = new Map<number, number>()
  for (const { shard, restart } of found) highest.set(shard, Math.max(restart, highest.get(shard) ?? 0))
  const shards = new Map<number, SampleResult[]>()
  for (const { task, shard, chain, restart } of found) {
    if (restart !== highest.get(shard)) continue
    const chains = shards.get(shard) ?? []
    chains.push({ chain, task, result: () => pinnedResult(run, task) })
    shards.set(shard, chains)
  }
  for (const chains of shards.values()) chains.sort((a, b) => a.chain - b.chain)
  return new Map([...shards].sort(([a], [b]) => a - b))
}

const strings = (...names: readonly string[]) => Object.fromEntries(names.map(name => [name, { type: 'string' }]))

/** What a record that is certainly valid is like. */
const PLAIN_RESULT = {
  type: 'object',
  properties: {
    ...strings('task', 'node'),
    format: { const: 1 },
    attempt: { type: 'integer', minimum: 1 },
    files: {
      type: 'array',
      items: {
        type: 'object',
        properties: { ...strings('path', 'digest'), bytes: { type: 'integer', minimum: 0 } },
        required: ['path', 'bytes', 'digest'],
      },
    },
    seconds: { type: 'number' },
  },
  required: ['format', 'task', 'attempt', 'files', 'seconds', 'node'],
}

/** The library that knows everything of schemas takes longer to load than a short run takes: it is asked where something is wrong. */
async function pinnedResult(run: string, task: string): Promise<TaskResult> {
  try {
    const value: unknown = JSON.parse(await readFile(layout.acceptedRecord(run, task), 'utf8'))
    if (isPlainlyValid(PLAIN_RESULT, value)) return value as TaskResult
  } catch {
    // The same error comes again below, with the name of the record.
  }
  return (await readAcceptedResult(run, task))!
}
