import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import type { Summary } from '@chorale/core'

const namesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder).sort() : [])

/** Folders of the runs of a project, oldest first, planned or not. */
export const runsOf = ({ folder }: { readonly folder: string }): readonly string[] =>
  namesIn(join(folder, 'runs')).map(name => join(folder, 'runs', name))

/** The folder of a project's only run; throws when there is none or more than one. */
export function onlyRun(project: { readonly folder: string }): string {
  const runs = runsOf(project)
  if (runs.length !== 1) throw new Error(`one run was expected in ${project.folder}, there are ${runs.length}`)
  return runs[0]!
}

export const summaryOf = (run: string): Summary => JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8')) as Summary

/** What a repetition may not change: all but the run's id, its times and how often chains were tried. */
export function lastingSummary(run: string) {
  const { shards, ...rest } = summaryOf(run)
  const untimed = <P>(phase: P) => ({ ...phase, seconds: 0 })
  const chainReportsOf = ({ chainReports }: Summary['shards'][number]) =>
    chainReports.map(report => ({ ...report, warmup: untimed(report.warmup), sampling: untimed(report.sampling) }))
  const lasting = shards.map(shard => ({ ...shard, seconds: 0, attempts: 0, chainReports: chainReportsOf(shard) }))
  return { ...rest, run: '', timings: null, shards: lasting }
}

interface Accepted {
  readonly attempt: number
  readonly digest: string
  /** When the record and the draws were written last, in milliseconds. */
  readonly written: readonly [record: number, draws: number]
}

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

/** The chains whose result is pinned, by task. */
export function acceptedChains(run: string): Readonly<Record<string, Accepted>> {
  const tasks = namesIn(join(run, 'accepted')).filter(name => /^sample-.*\.json$/.test(name))
  return Object.fromEntries(
    tasks.map(name => {
      const record = join(run, 'accepted', name)
      const { task, attempt } = JSON.parse(readFileSync(record, 'utf8')) as { task: string; attempt: number }
      const draws = join(run, 'tasks', task, String(attempt).padStart(3, '0'), 'draws.bin')
      return [task, { attempt, digest: sha256(draws), written: [statSync(record).mtimeMs, statSync(draws).mtimeMs] }]
    }),
  )
}

/** Attempts of all tasks: `sample-0000-0/001`. */
export const attemptsOf = (run: string): readonly string[] =>
  namesIn(join(run, 'tasks')).flatMap(task =>
    namesIn(join(run, 'tasks', task))
      .filter(name => /^\d+$/.test(name))
      .map(name => `${task}/${name}`),
  )

/** Digests of the draws of every chain and of every combination. */
export function drawDigests(run: string): Readonly<Record<string, string>> {
  const chains = Object.entries(acceptedChains(run)).map(([task, { digest }]) => [task, digest] as const)
  const combinations = namesIn(join(run, 'results')).map(name => [name, sha256(join(run, 'results', name, 'draws.bin'))] as const)
  return Object.fromEntries([...chains, ...combinations])
}

export const endedTasks = (run: string): readonly string[] => namesIn(join(run, 'done'))
export const isPlanned = (run: string): boolean => existsSync(join(run, 'run.json'))
