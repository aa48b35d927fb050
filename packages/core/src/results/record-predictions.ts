import { rm } from 'node:fs/promises'

import type { BoundModel } from '../contracts/index.js'
import { makeDirectory, replaceFile, toJsonText } from '../run-directory/index.js'
import { spaced } from '../planning/spaced-draws.js'
import { requirePredictionSpace } from '../planning/prediction-space.js'
import { posteriorPositions, type PosteriorPositions, type RecordedRun } from './posterior-positions.js'
import {
  predictionsFile,
  predictionsFolder,
  predictionsRecord,
  type PredictionKind,
  type PredictionsRecord,
  type PredictionVariable,
} from './predictions-record.js'
import { rowComputation, type RowComputation } from './row-computation.js'
import { writeRows } from './write-rows.js'

export interface PredictionsRequest {
  readonly kind: PredictionKind
  /** `none` for a run with one shard. */
  readonly combination: string
  /** Ids of the shards that have results. */
  readonly shards: readonly number[]
  /** Draws at which it is computed, evenly spaced, of all chains together; undefined for all draws of the posterior. */
  readonly draws: number | undefined
  /** Bytes that it may take. */
  readonly space: number
  readonly signal: AbortSignal
}

/** A run whose model is at hand. */
export interface PredictingRun extends RecordedRun {
  bindShard(shard: number): Promise<BoundModel>
}

type RecordedShard = PredictionsRecord['shards'][number]

/**
 * Computes something for every row at draws of the posterior, and writes it into the run: shard after shard, a draw at a time.
 * @throws ChoraleError `CHORALE_PREDICTIONS_UNAVAILABLE`, `CHORALE_PREDICTIONS_TOO_LARGE`, `CHORALE_NO_DRAWS`, `CHORALE_RESULT_DAMAGED`, `CHORALE_DISK_FULL`
 */
export async function recordPredictions(
  run: PredictingRun,
  request: PredictionsRequest,
): Promise<{ readonly draws: number; readonly rows: number }> {
  const { kind, combination, shards } = request
  await makeDirectory(predictionsFolder(run.path))
  const recorded: RecordedShard[] = []
  let chains: PredictionsRecord['chains'] = []
  let variables: readonly PredictionVariable[] = []
  for (const shard of shards) {
    const found = chosen(await posteriorPositions(run, combination, shard), request.draws)
    chains = found.map(({ chain, of, draws }) => ({ chain, of, draws }))
    const written = await recordShard(run, request, { shard, chains: found })
    recorded.push(written.shard)
    variables = merged(variables, written.names, written.shard)
  }
  await replaceFile(predictionsRecord(run.path, kind), toJsonText({ format: 1, chains, variables, shards: recorded }), { sync: 'full' })
  return {
    draws: chains.reduce((total, { draws }) => total + draws.length, 0),
    rows: recorded.reduce((total, { rows }) => total + rows, 0),
  }
}

/** Evenly spaced draws, as many of each chain. */
function chosen(chains: readonly PosteriorPositions[], wanted: number | undefined): readonly PosteriorPositions[] {
  const most = Math.min(...chains.map(({ draws }) => draws.length))
  const count = wanted === undefined ? most : Math.min(most, Math.max(1, Math.floor(wanted / chains.length)))
  return chains.map(chain => ({ ...chain, draws: spaced(chain.draws.length, count).map(i => chain.draws[i]!) }))
}

interface ShardRequest {
  readonly shard: number
  readonly chains: readonly PosteriorPositions[]
}

async function recordShard(
  run: PredictingRun,
  { kind, shards, space, signal }: PredictionsRequest,
  { shard, chains }: ShardRequest,
): Promise<{ readonly shard: RecordedShard; readonly names: readonly string[] }> {
  const { plan } = run.record
  const { rows } = plan.shards[shard]!
  const bound = await run.bindShard(shard)
  const computation = rowComputation(bound, { kind, seed: run.record.seed, shard, rows })
  const first = await atFirst(computation, chains[0]!)
  const names = Object.keys(first)
  const sizes = names.map(name => first[name]!.length)
  const width = sizes.reduce((a, b) => a + b, 0)
  const draws = chains.reduce((total, chain) => total + chain.draws.length, 0)
  const allRows = shards.reduce((total, id) => total + plan.shards[id]!.rows, 0)
  requirePredictionSpace({ kind, draws, valuesPerDraw: Math.ceil((width * allRows) / rows), space })
  async function* blocks(): AsyncGenerator<Float64Array> {
    const block = new Float64Array(width)
    for (const chain of chains) {
      let i = 0
      for await (const position of chain.positions(chain.draws)) {
        signal.throwIfAborted()
        const values = computation.at(position, chain.chain, chain.draws[i++]!)
        let at = 0
        for (const [k, name] of names.entries()) {
          block.set(values[name]!, at)
          at += sizes[k]!
        }
        yield block
      }
    }
  }
  // From here on files are replaced, which an older record names.
  await rm(predictionsRecord(run.path, kind), { force: true })
  const file = await writeRows(predictionsFolder(run.path), predictionsFile(kind, shard), { columns: ['value'], blocks: blocks() })
  return { names, shard: { shard, rows, sizes, file } }
}

async function atFirst(computation: RowComputation, { chain, draws, positions }: PosteriorPositions) {
  for await (const position of positions(draws.slice(0, 1))) return computation.at(position, chain, draws[0]!)
  return {}
}

/** A site has a value for each row where it has one in every shard. */
const merged = (
  before: readonly PredictionVariable[],
  names: readonly string[],
  { rows, sizes }: RecordedShard,
): readonly PredictionVariable[] => names.map((name, k) => ({ name, byRow: (before[k]?.byRow ?? true) && sizes[k] === rows }))
