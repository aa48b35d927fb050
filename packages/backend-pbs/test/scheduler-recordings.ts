import type { CommandAnswer } from '@chorale/core/contracts'
import type { SchedulerRecordings } from '@chorale/testkit'

import { answered, endedText, endedXml, OPENPBS_TABLE, TORQUE_TABLE } from './recordings.js'

const server = (id: string, attributes: Readonly<Record<string, string>>): CommandAnswer =>
  answered(
    `Server: ${id}\n${Object.entries(attributes)
      .map(([name, value]) => `    ${name} = ${value}\n`)
      .join('')}\n`,
  )
const started = { stime: 'Sun Nov 22 12:30:30 2026' }
const ended = (id: string, attributes: Readonly<Record<string, string | number>>): string => endedText(id, { ...attributes, ...started })

/** What OpenPBS 23.06.06 answered. */
export const OPENPBS: SchedulerRecordings = {
  identify: {
    'qstat --version': answered('pbs_version = 23.06.06'),
    'qstat -B -f': server('pbshost', {
      default_queue: 'workq',
      max_array_size: '10000',
      job_history_enable: 'True',
      pbs_version: '23.06.06',
    }),
  },
  silent: answered('', 255, 'Connection refused\nqstat: cannot connect to server pbshost (errno=15010)'),
  submissions: [
    { answer: answered('2.pbshost'), kind: 'accepted', job: '2.pbshost' },
    { answer: answered('0[].pbshost'), kind: 'accepted', job: '0[].pbshost' },
    { answer: answered('', 170, 'qsub: Unknown queue'), kind: 'refused', transient: false },
    { answer: answered('', 171, 'pbs_iff: all reserved ports in use'), kind: 'refused', transient: true },
    { answer: answered('', 162, 'qsub: System error'), kind: 'unclear' },
  ],
  looks: [
    {
      detail: 'live',
      answers: [answered(`${OPENPBS_TABLE}\n3.pbshost         one              alice                    0 Y workq           `)],
      views: [
        { job: '1[].pbshost', state: 'running' },
        { job: '1[].pbshost', index: 3, state: 'waiting' },
        { job: '2.pbshost', state: 'running' },
        { job: '3.pbshost', state: 'unknown' },
      ],
    },
    // Nothing of ours lives.
    { detail: 'live', answers: [answered('')], views: [] },
    {
      detail: 'ends',
      answers: [
        answered(
          ended('2.pbshost', { Exit_status: 0, substate: 92, comment: 'Job run at Sun Nov 22 at 12:30 on (pbshost) and finished' }) +
            ended('1[0].pbshost', { Exit_status: -29, substate: 93, comment: 'Job run and exceeded resource walltime' }) +
            ended('1[1].pbshost', { Exit_status: 7, substate: 93, comment: 'Job run and failed' }) +
            endedText('1[2].pbshost', { Exit_status: 0, substate: 91, comment: 'Subjob finished' }),
        ),
      ],
      views: [
        { job: '2.pbshost', state: 'ended', cause: 'completed', exitCode: 0 },
        { job: '1[].pbshost', index: 0, state: 'ended', cause: 'walltime' },
        { job: '1[].pbshost', index: 1, state: 'ended', cause: 'exit', exitCode: 7 },
        { job: '1[].pbshost', index: 2, state: 'ended', cause: 'deleted' },
      ],
    },
  ],
  finds: [
    { name: 'cabc', answers: [answered('7[].pbshost')], jobs: ['7[].pbshost'] },
    { name: 'cabc', answers: [answered('')], jobs: [] },
  ],
  removals: [
    { answer: answered(''), accepted: true },
    { answer: answered('', 35, 'qdel: Job has finished 0[].pbshost'), accepted: true },
    { answer: answered('', 153, 'qdel: Unknown Job Id 9999.pbshost'), accepted: true },
    { answer: answered('', 159, 'qdel: Unauthorized Request 1.pbshost'), accepted: false, transient: false },
    { answer: answered('', 222, 'qdel: Server could not connect to MOM 93.pbshost'), accepted: false, transient: true },
  ],
}

const cell = (id: string, letter: string): string => `${id.padEnd(26)} mcmc             alice                  0 ${letter} batch`

/** What TORQUE 6.1.3 answered. */
export const TORQUE: SchedulerRecordings = {
  identify: {
    'qstat --version': answered('Version: 6.1.3.h5'),
    'qstat -B -f': server('vm', { default_queue: 'batch', keep_completed: '300', pbs_version: '6.1.3.h5' }),
  },
  silent: answered('', 111, 'cannot connect to server localhost (errno=111) Connection refused'),
  submissions: [
    { answer: answered('3.vm'), kind: 'accepted', job: '3.vm' },
    { answer: answered('0[].vm'), kind: 'accepted', job: '0[].vm' },
    { answer: answered('', 172, 'qsub: submit error (Unknown queue MSG=requested queue not found)'), kind: 'refused', transient: false },
    { answer: answered('', 228, 'qsub: submit error (Maximum number of jobs already in queue)'), kind: 'refused', transient: true },
  ],
  looks: [
    {
      detail: 'live',
      answers: [answered([TORQUE_TABLE, cell('0[1].vm', 'Q'), cell('0[2].vm', 'C'), cell('4.vm', 'Y')].join('\n'))],
      views: [
        { job: '0[].vm', state: 'running' },
        { job: '0[].vm', index: 1, state: 'waiting' },
        { job: '0[].vm', index: 2, state: 'ended' },
        { job: '4.vm', state: 'unknown' },
      ],
    },
    {
      detail: 'ends',
      answers: [answered(endedXml('3.vm', { exit_status: 0 })), answered(endedXml('0[1].vm', { exit_status: -11 }))],
      views: [
        { job: '3.vm', state: 'ended', cause: 'completed' },
        { job: '0[].vm', index: 1, state: 'ended', cause: 'walltime' },
      ],
    },
  ],
  finds: [
    { name: 'cabc', answers: [answered(''), answered('7[0].vm')], jobs: ['7[].vm'] },
    { name: 'cabc', answers: [answered(''), answered('')], jobs: [] },
  ],
  removals: [
    { answer: answered(''), accepted: true },
    { answer: answered('', 153, 'qdel: nonexistent job id: 9999'), accepted: true },
    {
      answer: answered('', 170, 'qdel: Request invalid for state of job MSG=invalid state for job - COMPLETE 1.vm'),
      accepted: true,
    },
    { answer: answered('', 205, 'qdel: Server could not connect to MOM 93.vm'), accepted: false, transient: true },
  ],
}
