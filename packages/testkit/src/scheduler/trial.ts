import type { CommandAnswer, CommandLine, JobAddress, JobRequest, SchedulerAdapter, ServerFacts } from '@chorale/core/contracts'
import type { Requirement } from '../check.js'
import { shared } from '../clause.js'
import type { SchedulerRecordings } from './recordings.js'

/** An adapter on trial, with what its scheduler answers. */
export interface SchedulerTrial {
  readonly adapter: SchedulerAdapter
  readonly recordings: SchedulerRecordings
}

/** What the adapter makes of the recorded server. */
export const factsOf = shared(({ adapter, recordings }: SchedulerTrial): Promise<ServerFacts> =>
  adapter.identify(async command => {
    const answer = recordings.identify[command.join(' ')]
    if (!answer) throw new Error(`identify asks "${command.join(' ')}", to which recordings.identify has no answer`)
    return answer
  }),
)

export const looksByJob: Requirement<SchedulerTrial> = {
  needs: 'looksAt: jobs',
  unmet: ({ recordings: { looksAt = 'jobs' } }) => (looksAt === 'jobs' ? undefined : `declares looksAt: ${looksAt}`),
}

/** A name as core makes them. */
export const NAME = 'cq7ab2mnd4x5'
/** Part of every path below. */
export const FOLDER = 'plainfolder'

export const ORDINARY: JobRequest = {
  name: NAME,
  script: `/runs/${FOLDER}/submissions/0001.sh`,
  output: `/runs/${FOLDER}/submissions/output`,
  cpus: 1,
}

/** As core asks it before it submits anything. */
export const problemsOf = ({ adapter }: SchedulerTrial, request: JobRequest, facts: ServerFacts): readonly { readonly setting: string }[] =>
  adapter.check?.(request, facts) ?? []

/** The ids of submissions that were accepted. */
export const acceptedJobs = ({ recordings: { submissions } }: SchedulerTrial): readonly string[] => [
  ...new Set(submissions.flatMap(submission => (submission.kind === 'accepted' ? [submission.job] : []))),
]

/** Every address that the recordings name. */
export function knownAddresses(trial: SchedulerTrial): readonly JobAddress[] {
  const seen = trial.recordings.looks.flatMap(({ views }) =>
    views.map(({ job, index }) => (index === undefined ? { job } : { job, index })),
  )
  const all = [...acceptedJobs(trial).map(job => ({ job })), ...seen]
  return [...new Map(all.map(address => [JSON.stringify(address), address])).values()]
}

/** So many jobs of the form of the first one that was accepted. */
export const manyJobs = (trial: SchedulerTrial, count: number): readonly JobAddress[] =>
  Array.from({ length: count }, (_, i) => ({ job: acceptedJobs(trial)[0]!.replace(/\d+/, String(1_000_000 + i)) }))

/** The words of commands, taken apart where ids stand in lists. */
export const idsIn = (commands: readonly CommandLine[]): readonly string[] => commands.flat().flatMap(word => word.split(/[,=\s]/))

/** No command of any scheduler says this. */
export const GARBAGE: readonly CommandAnswer[] = [
  'Internal error, please try again',
  '<html><body>502 Bad Gateway</body></html>',
  '{"Jobs":',
  '\u0000\u0007\ufffd',
].map(stdout => ({ code: 0, stdout, stderr: '' }))
