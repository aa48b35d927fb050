import { isChoraleError, type ParameterInfo } from '../contracts/index.js'
import { DRAWS_FILE, STATS_FILE, WARMUP_DRAWS_FILE, WARMUP_STATS_FILE } from '../contracts/sampler.js'
import type { TaskResult } from '../contracts/task.js'
import { valueCount } from '../model/parameter-names.js'
import { layout, readChainReport, type RowsSource } from '../run-directory/index.js'
import { openRows } from '../run-directory/rows-source.js'
import type { DrawnChain, DrawRows, MissingPart } from './draw-set.js'
import type { SampleResult } from './sample-results.js'
import type { Site } from './sites.js'
import { chainValues, readValuesRecord, type ValuesRecord } from './values-record.js'

/** One chain as far as it can be read. */
export interface ReadChain {
  readonly sites: readonly Site[]
  readonly scale: 'constrained' | 'unconstrained'
  readonly chain: DrawnChain
  readonly missing: readonly MissingPart[]
}

/** Coordinates of parameters as sites: of one with as many coordinates as values they have its shape. */
export const coordinateSites = (parameters: readonly ParameterInfo[]): readonly Site[] =>
  [...parameters]
    .sort((a, b) => a.offset - b.offset)
    .map(({ name, shape, size, levels }) => {
      const same = valueCount({ name, shape }) === size
      return { name, shape: same ? [...shape] : [size], kind: 'coordinate', ...(same && levels ? { levels } : {}) }
    })

/** Why something could not be read. Rejects again with what is no error of the run's. */
export function reasonOf(error: unknown): string {
  if (isChoraleError(error)) return error.message.replace(/\.$/, '')
  const { code, message } = error as NodeJS.ErrnoException
  if (typeof code === 'string') return message
  throw error
}

/** Opens a chain, each of its files after one reading that checks it. Values that were computed from other draws do not count. */
export async function readChain(
  run: string,
  { chain, task, result }: SampleResult,
  parameters: readonly ParameterInfo[],
): Promise<ReadChain> {
  const accepted = await result()
  const missing: MissingPart[] = []
  const attempt = async <T>(what: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read()
    } catch (error) {
      missing.push({ what: `${what} of ${task}`, why: reasonOf(error) })
      return undefined
    }
  }
  const record = await attempt('values', () => recordedValues(run, task, accepted))
  const values = record && (await attempt('values', () => openRows(chainValues(run, task).folder, record.file)))
  const constrained = record !== undefined && values !== undefined
  const opened = values ?? (await openDraws(run, accepted))
  const statistics = await attempt('sampler statistics', () => openAttemptFile(run, accepted, STATS_FILE))
  const warmup = constrained ? await attempt('warm-up', () => readWarmup(run, accepted, record)) : undefined
  const report = await attempt('report', () => readChainReport(run, accepted))
  return {
    sites: constrained ? record.sites : coordinateSites(parameters),
    scale: constrained ? 'constrained' : 'unconstrained',
    missing,
    chain: {
      chain,
      rows: opened.rows,
      values: opened,
      ...(statistics ? { statistics } : {}),
      ...(warmup ? { warmup } : {}),
      ...(report?.stepSize === undefined ? {} : { stepSize: report.stepSize }),
      ...(report?.metric ? { metric: report.metric } : {}),
      ...(report ? { seconds: { warmup: report.warmup.seconds, sampling: report.sampling.seconds } } : {}),
    },
  }
}

const digestIn = ({ files }: TaskResult, name: string): string | undefined => files.find(({ path }) => path === name)?.digest

async function recordedValues(run: string, task: string, result: TaskResult): Promise<ValuesRecord | undefined> {
  const record = await readValuesRecord(chainValues(run, task))
  return record?.of === digestIn(result, DRAWS_FILE) ? record : undefined
}

async function openAttemptFile(run: string, { task, attempt, files }: TaskResult, name: string): Promise<RowsSource | undefined> {
  const record = files.find(({ path }) => path === name)
  return record && openRows(layout.attemptDirectory(run, task, attempt), record)
}

async function readWarmup(run: string, result: TaskResult, { warmup }: ValuesRecord): Promise<DrawRows | undefined> {
  if (warmup === undefined || warmup.of !== digestIn(result, WARMUP_DRAWS_FILE)) return undefined
  const values = await openRows(chainValues(run, result.task).folder, warmup.file)
  const statistics = await openAttemptFile(run, result, WARMUP_STATS_FILE)
  return { rows: values.rows, values, ...(statistics ? { statistics } : {}) }
}

/** The coordinates of a chain's draws, without their gradients. */
async function openDraws(run: string, result: TaskResult): Promise<RowsSource> {
  const source = await openAttemptFile(run, result, DRAWS_FILE)
  if (!source) throw new Error(`${result.task} has no ${DRAWS_FILE}`)
  return firstColumns(source, source.columns.filter(name => /^x\d+$/.test(name)).length)
}

/** The first so many columns of rows. */
function firstColumns({ columns, rows, blocks }: RowsSource, width: number): RowsSource {
  if (width === columns.length) return { columns, rows, blocks }
  return {
    columns: columns.slice(0, width),
    rows,
    async *blocks() {
      for await (const block of blocks()) {
        const count = block.length / columns.length
        const taken = new Float64Array(count * width)
        for (let row = 0; row < count; row++) taken.set(block.subarray(row * columns.length, row * columns.length + width), row * width)
        yield taken
      }
    },
  }
}
