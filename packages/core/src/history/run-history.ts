import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { CostRecord } from '../batch/cost/cost-record.js'
import { isChoraleError } from '../contracts/error.js'
import { runStatus, type RunState } from '../watching/run-status.js'
import { readSummary } from '../summary/read-summary.js'
import type { Summary } from '../summary/summary-schema.js'
import type { MissingPart } from '../results/draw-set.js'
import { OPTIMIZE } from '../optimize/mode-file.js'
import { layout } from '../run-directory/index.js'
import { readAttempts, type AttemptHistory } from './attempt-history.js'

/** What one combination of the shards found. */
export interface CombinationRecord {
  readonly combiner: string
  readonly summary: Summary
}

/** How a run came to its results: what a report needs of it besides draws. */
export interface RunHistory {
  /** undefined where the plan cannot be read. */
  readonly state: RunState | undefined
  /** Of a run that has ended. */
  readonly verdict?: string
  /** What batch jobs asked for and used. */
  readonly cost?: CostRecord
  readonly attempts: readonly AttemptHistory[]
  /** Attempts that are not among them. */
  readonly moreAttempts: number
  /** All that the run's folder holds, by name. */
  readonly combinations: readonly CombinationRecord[]
  readonly missing: readonly MissingPart[]
}

/** Attempts that are read: a report of more is none. */
const ATTEMPTS = 2000

/** Reads records only, whatever state the run is in; loads no code of it. */
export async function readHistory(run: string): Promise<RunHistory> {
  const missing: MissingPart[] = []
  const status = await runStatus(run).catch(() => undefined)
  const { attempts, more } = await readAttempts(run, ATTEMPTS)
  return {
    state: status?.state,
    ...(status?.verdict === undefined ? {} : { verdict: status.verdict }),
    ...(status?.cost ? { cost: status.cost } : {}),
    attempts,
    moreAttempts: more,
    combinations: await readCombinations(run, missing),
    missing,
  }
}

async function readCombinations(run: string, missing: MissingPart[]): Promise<readonly CombinationRecord[]> {
  const folder = dirname(layout.resultsDirectory(run, 'x'))
  const names = (await readdir(folder).catch(() => [])).filter(name => name !== OPTIMIZE).sort()
  const found: CombinationRecord[] = []
  for (const combiner of names) {
    try {
      const summary = await readSummary(join(folder, combiner, 'summary.json'))
      if (summary) found.push({ combiner, summary })
    } catch (error) {
      missing.push({
        what: `the summary of combination ${combiner}`,
        why: isChoraleError(error) ? error.message.replace(/\.$/, '') : String(error),
      })
    }
  }
  return found
}
