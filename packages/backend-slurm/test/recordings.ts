import type { CommandAnswer } from '@chorale/core/contracts'
import type { SchedulerRecordings } from '@chorale/testkit'

export const said = (stdout: string, stderr = '', code = 0): CommandAnswer => ({ code, stdout, stderr })

/** Slurm 22.05.8, without accounting. */
export const CONFIG = `Configuration data as of 2026-11-23T13:27:00
AccountingStorageType   = accounting_storage/none
KillWait                = 5 sec
MaxArraySize            = 1001
MaxJobCount             = 20000
MinJobAge               = 300 sec
SLURM_VERSION           = 22.05.8
`

export const SQUEUE = `10|0|COMPLETED|0|0|vm|None|
10|1|FAILED|256|0|vm|NonZeroExitCode|
10|2|CANCELLED|15|0|vm|None|
10|3|PENDING|0|0||Resources|
10|4|PENDING|0|0||JobHeldUser|
10|5|RUNNING|0|1|n[1-2]|None|
7|N/A|PENDING|0|0||PartitionConfig|
8|N/A|TIMEOUT|15|0|vm|TimeLimit|
9|N/A|FAILED|0|0||JobLaunchFailure|
11|N/A|OUT_OF_MEMORY|9|0|vm|OutOfMemory|
12|N/A|NODE_FAIL|0|1|vm|None|
13|N/A|GALLIVANTING|0|0|vm|None|`

const failed = (words: string): string => `sbatch: error: Batch job submission failed: ${words}`
const unknown = said('', 'slurm_load_jobs error: Invalid job id specified', 1)

/** What Slurm 22.05.8 answered, without accounting. */
export const RECORDINGS: SchedulerRecordings = {
  identify: { 'sbatch --version': said('slurm-wlm 22.05.8'), 'scontrol show config': said(CONFIG) },
  silent: said('', 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)', 1),
  submissions: [
    { answer: said('5'), kind: 'accepted', job: '5' },
    { answer: said('77;cluster'), kind: 'accepted', job: '77' },
    { answer: said('', failed('Invalid partition name specified'), 1), kind: 'refused', transient: false },
    { answer: said('', failed('Unable to contact slurm controller (connect failure)'), 1), kind: 'refused', transient: true },
    { answer: said('', failed('Socket timed out on send/recv operation'), 1), kind: 'unclear' },
  ],
  looks: [
    {
      detail: 'live',
      answers: [said('10|3|PENDING|0|0||Resources|\n10|5|RUNNING|0|1|n[1-2]|None|')],
      views: [
        { job: '10', index: 3, state: 'waiting' },
        { job: '10', index: 5, state: 'running' },
      ],
    },
    { detail: 'live', answers: [unknown], views: [] },
    {
      detail: 'ends',
      answers: [said(SQUEUE)],
      views: [
        { job: '10', index: 0, state: 'ended', cause: 'completed', exitCode: 0 },
        { job: '10', index: 1, state: 'ended', cause: 'exit', exitCode: 1 },
        { job: '10', index: 2, state: 'ended', cause: 'deleted' },
        { job: '10', index: 3, state: 'waiting' },
        { job: '10', index: 4, state: 'held' },
        { job: '10', index: 5, state: 'running' },
        { job: '7', state: 'waiting', neverRuns: true },
        { job: '8', state: 'ended', cause: 'walltime' },
        { job: '9', state: 'ended', cause: 'never-ran' },
        { job: '11', state: 'ended', cause: 'memory' },
        { job: '12', state: 'ended', cause: 'node' },
        { job: '13', state: 'unknown' },
      ],
    },
  ],
  finds: [
    { name: 'cabc', answers: [said('12|cabc|\n12|cabc|\n13|cabcd|')], jobs: ['12'] },
    { name: 'cabc', answers: [said('')], jobs: [] },
  ],
  removals: [
    { answer: said(''), accepted: true },
    { answer: said('', 'scancel: error: Kill job error on job id 1: Job/step already completing or completed', 1), accepted: true },
    { answer: said('', 'scancel: error: Kill job error on job id 1: Access/permission denied', 1), accepted: false, transient: false },
  ],
}

/** The same server with accounting, whose table has what the controller has forgotten. */
export const ACCOUNTED: SchedulerRecordings = {
  ...RECORDINGS,
  identify: {
    ...RECORDINGS.identify,
    'scontrol show config': said(CONFIG.replace('accounting_storage/none', 'accounting_storage/slurmdbd')),
  },
  looks: [
    ...RECORDINGS.looks.filter(({ detail }) => detail === 'live'),
    {
      detail: 'ends',
      answers: [unknown, said('10_1|FAILED|7:0|n1|\n10_2|CANCELLED by 1001|0:15|n1|\n10_3|COMPLETED|0:0|n1|\n14|GALLIVANTING|0:0|n1|')],
      views: [
        { job: '10', index: 1, state: 'ended', cause: 'exit', exitCode: 7 },
        { job: '10', index: 2, state: 'ended', cause: 'deleted' },
        { job: '10', index: 3, state: 'ended', cause: 'completed' },
        { job: '14', state: 'unknown' },
      ],
    },
  ],
}
