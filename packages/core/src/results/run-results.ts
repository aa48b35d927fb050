import { ChoraleError } from '../contracts/index.js'
import type { Summary } from '../summary/summary-schema.js'
import type { OptimizationSummary } from '../optimize/optimization-schema.js'
import type { RunRecord } from '../run-directory/index.js'
import { readCombinedDraws, type CombinedDraws } from './combined-draws.js'
import { correlationOf, type Correlation } from './correlation.js'
import { drawArray, type DrawArray } from './draw-array.js'
import type { DrawSet, MissingPart } from './draw-set.js'
import type { PredictionKind } from './predictions-record.js'
import { quantilesOf } from './quantiles.js'
import { readPrior } from './read-prior.js'
import { readPredictions, type FoundPredictions, type Predictions } from './read-predictions.js'
import type { SampleResult } from './sample-results.js'
import { hasColumns, selectedBlocks, statisticBlocks, type DrawBlock, type Phase } from './selected-draws.js'
import { shardColumns, type ShardColumns } from './shard-columns.js'
import { readShardDraws } from './shard-draws.js'

/** Which draws are meant. Default: all of the run's posterior. */
export interface DrawSelection {
  /** Those of this shard's sub-posterior. */
  readonly shard?: number
  readonly chain?: number
  /** Default `sampling`. */
  readonly phase?: Phase
}

/** What was found in the folder of a run. */
export interface FoundRun {
  /** Absolute. */
  readonly path: string
  readonly id: string
  /** What was planned; undefined where `run.json` cannot be read. */
  readonly record: RunRecord | undefined
  /** undefined for a run that did not come to an end. */
  readonly summary: Summary | undefined
  readonly mode: OptimizationSummary | undefined
  /** The chains that are finished, by shard. */
  readonly finished: ReadonlyMap<number, readonly SampleResult[]>
  readonly missing: readonly MissingPart[]
}

/** A parameter or deterministic site, `beta`, or one element of it, `beta[2]`, from 1. */
export type ElementName<Name extends string> = Name | `${Name}[${string}]`

/**
 * The results of a run, read from its folder alone: no model, plugin or settings code is loaded. Draws are read a piece at a time, whatever their size; a file is
 * checked against its recorded digest when it is first opened.
 *
 * `Name`: names of parameters and deterministic sites, for the compiler alone. Any by default.
 */
export class RunResults<Name extends string = string> {
  readonly path: string
  readonly id: string
  readonly record: RunRecord | undefined
  readonly summary: Summary | undefined
  /** Of a run that looked for a mode: what it found. Such a run has no draws. */
  readonly mode: OptimizationSummary | undefined
  /** What the folder should hold and does not, as far as records tell; each draw set names what of it cannot be read. */
  readonly missing: readonly MissingPart[]
  readonly #finished: FoundRun['finished']
  readonly #opened = new Map<number | 'posterior', Promise<DrawSet>>()
  #prior: Promise<DrawSet | undefined> | undefined
  #combined: Promise<CombinedDraws> | undefined

  constructor({ path, id, record, summary, mode, finished, missing }: FoundRun) {
    this.path = path
    this.id = id
    this.record = record
    this.summary = summary
    this.mode = mode
    this.missing = missing
    this.#finished = finished
  }

  /** Ids of the shards of the plan. */
  get shards(): readonly number[] {
    return this.record?.plan.shards.map(({ id }) => id) ?? []
  }

  /** The draws of the posterior: of the combination, or of all chains of a run with one shard. */
  posterior(): Promise<DrawSet> {
    return this.#once('posterior', async () => (this.#isSingle ? this.#shardSet(0) : (await this.#combination()).posterior))
  }

  /**
   * Where shards have parameters of their own: the draws of the combination for which these were drawn, with the values of all groups. A set of its own, as they are
   * fewer; `draws` of its chain has their numbers. undefined without such parameters, or where there are no such draws: `posterior` then says why.
   */
  async joint(): Promise<DrawSet | undefined> {
    return this.#isSingle ? undefined : (await this.#combination()).joint
  }

  /**
   * Draws of the whole prior of the parameters that all shards share, a chain of their own. undefined where none were recorded: by a model that cannot draw them, with a
   * flat prior or fixed parameters, or of a run that has not come to its end.
   */
  prior(): Promise<DrawSet | undefined> {
    return (this.#prior ??= readPrior(this.path))
  }

  /** The draws of one shard's sub-posterior. @throws ChoraleError `CHORALE_SHARD_UNKNOWN` */
  shard(shard: number): Promise<DrawSet> {
    if (!this.shards.includes(shard)) {
      throw new ChoraleError('CHORALE_SHARD_UNKNOWN', `Run ${this.id} has no shard ${shard}.`, {
        lookedIn: this.path,
        available: this.shards.length === 0 ? [] : [`0 to ${this.shards.length - 1}`],
        fix: 'number shards from 0',
      })
    }
    return this.#once(shard, async () => ({ ...(await this.#shardSet(shard)), shard }))
  }

  /** The draws that are meant. */
  drawSet({ shard }: Pick<DrawSelection, 'shard'> = {}): Promise<DrawSet> {
    return shard === undefined ? this.posterior() : this.shard(shard)
  }

  /**
   * The draws of a parameter or deterministic site (`beta`) or of one element of it (`beta[2]`, from 1), chain after chain, some at a time.
   * @throws ChoraleError `CHORALE_PARAMETER_UNKNOWN`, `CHORALE_VALUES_MISSING`, `CHORALE_NO_DRAWS`
   */
  async *draws(name: ElementName<Name>, selection: DrawSelection = {}): AsyncGenerator<DrawBlock> {
    yield* selectedBlocks(await this.#constrained(selection, [name]), name, selection)
  }

  /**
   * All draws of a parameter or deterministic site, or of one element, in memory: chains x draws x its shape.
   * @throws ChoraleError as `draws`; `CHORALE_NO_DRAWS` for chains of different lengths
   */
  async array(name: ElementName<Name>, selection: DrawSelection = {}): Promise<DrawArray> {
    return drawArray(await this.#constrained(selection, [name]), name, selection)
  }

  /** A column of the sampler's statistics, such as `energy`, as `draws`. @throws ChoraleError `CHORALE_PARAMETER_UNKNOWN`, `CHORALE_NO_DRAWS` */
  async *statistics(name: string, selection: DrawSelection = {}): AsyncGenerator<DrawBlock> {
    yield* statisticBlocks(await this.drawSet(selection), name, selection)
  }

  /**
   * Quantiles of each element of a parameter or deterministic site, elements x probabilities: of all chains together, by linear interpolation (type 7 of Hyndman & Fan).
   * @throws ChoraleError as `draws`
   */
  async quantiles(
    name: ElementName<Name>,
    probabilities: readonly number[],
    selection: DrawSelection = {},
  ): Promise<readonly (readonly number[])[]> {
    return quantilesOf(await this.#constrained(selection, [name]), { name, probabilities, selection })
  }

  /**
   * Correlations between all elements of some parameters and deterministic sites. Default: of all parameters that all shards share.
   * @throws ChoraleError as `draws`
   */
  async correlation(names?: readonly ElementName<Name>[], selection: DrawSelection = {}): Promise<Correlation> {
    const set = await this.#constrained(selection, names ?? [])
    return correlationOf(set, names ?? set.sites.filter(({ kind }) => kind === 'parameter').map(site => site.name), selection)
  }

  /**
   * What was computed for every row at draws of the posterior, as `output.logLikelihood`, `output.predictive` or `chorale predict` ask for: the log likelihood of each
   * row, or data simulated from the model.
   * @throws ChoraleError `CHORALE_NO_DRAWS`
   */
  async predictions(kind: PredictionKind): Promise<Predictions> {
    const { predictions, missing } = await this.findPredictions(kind)
    if (predictions) return predictions
    const why = missing[0] ? `: ${missing[0].what}: ${missing[0].why}` : ''
    const what = kind === 'logLikelihood' ? 'log likelihood of its rows' : 'predictive draws'
    throw new ChoraleError('CHORALE_NO_DRAWS', `Run ${this.id} has no ${what}${why}.`, {
      lookedIn: this.path,
      fix: `chorale predict ${this.path} computes them; output.${kind}: true does at the end of the next run`,
    })
  }

  /** As `predictions`, for what may or may not be there. */
  findPredictions(kind: PredictionKind): Promise<FoundPredictions> {
    const combination = this.shards.length === 1 ? undefined : this.summary?.combiner
    if (!this.record || !this.summary) return Promise.resolve({ predictions: undefined, missing: [] })
    const rows = this.record.plan.shards.map(shard => shard.rows)
    const why = this.summary.predictions?.find(predicted => predicted.kind === kind)?.why
    return readPredictions(kind, { run: this.path, rows, combination, chains: this.#finished.get(0) ?? [], why })
  }

  /** The rows that the model was given, a shard at a time. @throws ChoraleError `CHORALE_DATA_DAMAGED` */
  data(): AsyncIterable<ShardColumns> {
    return shardColumns(this.path, this.record)
  }

  /** Names of shards' own parameters have fewer draws than the others, and stand beside them in draws of both. */
  async #constrained(selection: DrawSelection, names: readonly string[]): Promise<DrawSet> {
    const set = await this.drawSet(selection)
    if (set.scale === 'constrained') {
      const joint = selection.shard === undefined && names.some(name => !hasColumns(set, name)) ? await this.joint() : undefined
      return joint ?? set
    }
    throw new ChoraleError('CHORALE_VALUES_MISSING', `Run ${this.id} has draws on the unconstrained scale only.`, {
      lookedIn: this.path,
      fix: `chorale run --resume ${this.path} finishes a run that has not come to its end, chorale combine ${this.path} one that has; either records the values`,
    })
  }

  #once(which: number | 'posterior', open: () => Promise<DrawSet>): Promise<DrawSet> {
    const opened = this.#opened.get(which) ?? open()
    this.#opened.set(which, opened)
    return opened
  }

  #combination(): Promise<CombinedDraws> {
    const { path, record, summary } = this
    return (this.#combined ??= readCombinedDraws(path, record, summary?.combiner))
  }

  /** A run whose plan cannot be read is known by its summary. */
  get #isSingle(): boolean {
    return this.record ? this.shards.length === 1 : this.summary?.combiner === 'none'
  }

  async #shardSet(shard: number): Promise<DrawSet> {
    if (this.mode) return { scale: 'constrained', sites: [], chains: [], missing: [{ what: 'draws', why: 'the run looked for a mode' }] }
    return readShardDraws(this.path, this.record?.plan, { shard, finished: this.#finished.get(shard) ?? [] })
  }
}
