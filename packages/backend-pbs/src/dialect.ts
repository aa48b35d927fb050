import type { CommandLine, JobAddress, JobRequest, JobVariables, JobView, NodeQuestion, ServerFacts } from '@chorale/core/contracts'

import type { ErrorCode } from './error-codes.js'
import type { PbsOptions } from './options.js'
import type { PbsRecord } from './read/pbs-record.js'

/** What differs between OpenPBS and TORQUE. */
export interface PbsDialect {
  readonly codes: Readonly<Record<number, ErrorCode>>
  readonly variables: JobVariables
  /** What the server says of itself with `qstat -Bf`, as facts. */
  facts(version: string, server: ReadonlyMap<string, string>): Pick<ServerFacts, 'scheduler' | 'arrays' | 'historySeconds' | 'notes'>
  /** Options of qsub that only this dialect has, or has in this form. */
  submission(request: JobRequest, options: PbsOptions): readonly string[]
  /** Where PBS leaves what it writes of a job, at the job's end: `NAME.INDEX.out` where it can name files like that. */
  outputPath(request: JobRequest): string
  find(name: string, facts: ServerFacts): readonly CommandLine[]
  look(detail: 'live' | 'ends', addresses: readonly JobAddress[], facts: ServerFacts): readonly CommandLine[]
  view(record: PbsRecord, address: JobAddress): JobView
  /** `job`: an id; `{index}` stands for that of an element. undefined where the server does not keep ends of jobs. */
  wasDeleted(job: string, facts: ServerFacts): NodeQuestion | undefined
  /** What this dialect does not take. */
  check(request: JobRequest, options: PbsOptions): readonly { readonly setting: string; readonly problem: string }[]
}
