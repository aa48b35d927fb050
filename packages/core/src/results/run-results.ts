import { ChoraleError, type ParameterInfo } from '../contracts/index.js'
import { DRAWS_FILE } from '../contracts/sampler.js'
import type { Summary } from '../pipeline/summary-schema.js'
import { globalParameters, hasLocals, shardParameters } from '../planning/local-parameters.js'
import { layout, recordFile, type RunRecord } from '../run-directory/index.js'
import { openRows } from '../run-directory/rows-source.js'
import { correlationOf, type Correlation } from './correlation.js'
import type { DrawSet, MissingPart } from './draw-set.js'
import { quantilesOf } from './quantiles.js'
import { coordinateSites, readChain, reasonOf } from './read-chains.js'
import type { SampleResult } from './sample-results.js'
import { selectedBlocks, statisticBlocks, type DrawBlock, type Phase } from './selected-draws.js'
import { shardColumns, type ShardColumns } from './shard-columns.js'
import { combinedValues, readValuesRecord } from './values-record.js'

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
  /** The chains that are finished, by shard. */
  readonly finished: ReadonlyMap<number, readonly SampleResult[]>
  readonly missing: readonly MissingPart[]
}

/**
 * The results of a run, read from its folder alone: no model, plugin or settings code is loaded. Draws are read a piece at a time, whatever their size; a file is
 * checked against its recorded digest when it is first opened.
 */
export class RunResults {
  readonly path: string
  readonly id: string
  readonly record: RunRecord | undefined
  readonly summary: Summary | undefined
  /** What the folder should hold and does not, as far as records tell; each draw set names what of it cannot be read. */
  readonly missing: readonly MissingPart[]
  readonly #finished: FoundRun['finished']
  readonly #opened = new Map<number | undefined, Promise<DrawSet>>()

  constructor({ path, id, record, summary, finished, missing }: FoundRun) {
    this.path = path
    this.id = id
    this.record = record
    this.summary = summary
    this.missing = missing
    this.#finished = finished
  }

  /** Ids of the shards of the plan. */
  get shards(): readonly number[] {
    return this.record?.plan.shards.map(({ id }) => id) ?? []
  }

  /** The draws of the posterior: of the combination, or of all chains of a run with one shard. */
  posterior(): Promise<DrawSet> {
    return this.#once(undefined, () => (this.shards.length === 1 ? this.#shardSet(0) : this.#combinedSet()))
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
  async *draws(name: string, selection: DrawSelection = {}): AsyncGenerator<DrawBlock> {
    yield* selectedBlocks(await this.#constrained(selection), name, selection)
  }

  /** A column of the sampler's statistics, such as `energy`, as `draws`. @throws ChoraleError `CHORALE_PARAMETER_UNKNOWN`, `CHORALE_NO_DRAWS` */
  async *statistics(name: string, selection: DrawSelection = {}): AsyncGenerator<DrawBlock> {
    yield* statisticBlocks(await this.drawSet(selection), name, selection)
  }

  /**
   * Quantiles of each element of a parameter or deterministic site, elements x probabilities: of all chains together, by linear interpolation (type 7 of Hyndman & Fan).
   * @throws ChoraleError as `draws`
   */
  async quantiles(name: string, probabilities: readonly number[], selection: DrawSelection = {}): Promise<readonly (readonly number[])[]> {
    return quantilesOf(await this.#constrained(selection), { name, probabilities, selection })
  }

  /** Correlations between all elements of some parameters and deterministic sites. Default: of all parameters. @throws ChoraleError as `draws` */
  async correlation(names?: readonly string[], selection: DrawSelection = {}): Promise<Correlation> {
    const set = await this.#constrained(selection)
    return correlationOf(set, names ?? set.sites.filter(({ kind }) => kind === 'parameter').map(site => site.name), selection)
  }

  /** The rows that the model was given, a shard at a time. @throws ChoraleError `CHORALE_DATA_DAMAGED` */
  data(): AsyncIterable<ShardColumns> {
    return shardColumns(this.path, this.record)
  }

  async #constrained(selection: DrawSelection): Promise<DrawSet> {
    const set = await this.drawSet(selection)
    if (set.scale === 'constrained') return set
    throw new ChoraleError('CHORALE_VALUES_MISSING', `Run ${this.id} has draws on the unconstrained scale only.`, {
      lookedIn: this.path,
      fix: `chorale run --resume ${this.path} finishes a run that has not come to its end, chorale combine ${this.path} one that has; either records the values`,
    })
  }

  #once(shard: number | undefined, open: () => Promise<DrawSet>): Promise<DrawSet> {
    const opened = this.#opened.get(shard) ?? open()
    this.#opened.set(shard, opened)
    return opened
  }

  async #shardSet(shard: number): Promise<DrawSet> {
    const { plan } = this.record!
    const finished = this.#finished.get(shard) ?? []
    const missing: MissingPart[] = []
    const read = []
    for (let chain = 0; chain < plan.chains; chain++) {
      const what = `chain ${chain} of shard ${shard}`
      const result = finished.find(candidate => candidate.chain === chain)
      if (!result) {
        missing.push({ what, why: 'it is not finished' })
        continue
      }
      try {
        read.push(await readChain(this.path, result, shardParameters(plan, shard)))
      } catch (error) {
        missing.push({ what, why: reasonOf(error) })
      }
    }
    const scale = read.some(({ scale }) => scale === 'constrained') ? 'constrained' : 'unconstrained'
    const usable = read.filter(chain => chain.scale === scale)
    return {
      scale,
      sites: usable[0]?.sites ?? coordinateSites(shardParameters(plan, shard)),
      chains: usable.map(({ chain }) => chain),
      missing: [...missing, ...read.flatMap(chain => chain.missing)],
    }
  }

  async #combinedSet(): Promise<DrawSet> {
    const combination = this.summary?.combiner
    if (combination === undefined || !this.record)
      return { ...NO_DRAWS, missing: [{ what: 'combined draws', why: 'the run has no summary' }] }
    const place = combinedValues(this.path, combination)
    const { plan } = this.record
    const parameters: readonly ParameterInfo[] = hasLocals(plan) ? globalParameters(plan.parameters) : plan.parameters
    const missing: MissingPart[] = hasLocals(plan)
      ? [
          {
            what: 'combined draws of local parameters',
            why: 'they are recorded on the unconstrained scale only, in locals-*.bin of the combination',
          },
        ]
      : []
    try {
      const draws = await recordFile(place.folder, DRAWS_FILE)
      const record = await readValuesRecord(place).catch(
        (error: unknown) => void missing.push({ what: 'values of the combined draws', why: reasonOf(error) }),
      )
      const current = record?.of === draws.digest ? record : undefined
      const values = await openRows(layout.resultsDirectory(this.path, combination), current?.file ?? draws)
      return {
        scale: current ? 'constrained' : 'unconstrained',
        sites: current?.sites ?? coordinateSites(parameters),
        chains: [{ chain: 0, rows: values.rows, values }],
        missing,
      }
    } catch (error) {
      return { ...NO_DRAWS, missing: [...missing, { what: 'combined draws', why: reasonOf(error) }] }
    }
  }
}

const NO_DRAWS: DrawSet = { scale: 'constrained', sites: [], chains: [], missing: [] }
