import { expect, test } from 'vitest'

import { CORE, LIFE, LOOKS, missingTests, source, SUBMISSION, type NamedTest } from './named-tests.js'

/** Folders of the tests of core. */
const PARTS = ['', '/submission', '/watching', '/job']

/** What a backend for clusters must do, and in which tests it is seen to. */
const BEHAVIOURS: readonly (readonly [string, readonly NamedTest[]])[] = [
  [
    'the record of a task decides, never the scheduler alone, and never absence alone',
    [
      [LIFE, 'that the server shows as running for ever is done when its result is there'],
      [`${CORE}/watching/task-decision.test.ts`, 'an end without a result is a failed attempt, and the last allowed one fails the task'],
      [`${CORE}/watching/tracked-task.test.ts`, 'a job counts as gone after three answers without it and the time that a file may take'],
    ],
  ],
  [
    'one gentle poller for all runs of a process, of its own jobs only',
    [
      [
        `${CORE}/watching/poller.test.ts`,
        'all runs of a process are asked for in one command, and from then on no faster than the most patient of them wants',
      ],
      [
        `${CORE}/many-tasks.test.ts`,
        'ten thousand tasks are followed with a few calls a minute, of our own jobs only, and in memory that stays flat',
      ],
      [LIFE, 'has jobs of others is asked for ours only'],
    ],
  ],
  [
    'causes of failure in words',
    [
      [LOOKS, 'names who deleted it'],
      [LOOKS, '271 or 143 is the walltime only if all of it was used'],
      [LIFE, 'that somebody deletes fails, and says who did it; the other elements complete'],
      [LIFE, 'a job that somebody deletes ends the copies that were to go on for it'],
    ],
  ],
  [
    'retries by cause, with more walltime or memory, up to a limit',
    [
      [LIFE, 'that is killed at its walltime is given more'],
      [LIFE, 'that is killed for its memory is given more'],
      [`${CORE}/batch-settings.test.ts`, 'a retry may ask for four times the first request, or what the settings say'],
    ],
  ],
  [
    'jobs that know their walltime, and go on where they stopped',
    [
      [LIFE, 'that reaches its walltime three times goes on where it was, to the same draws'],
      [`${CORE}/job/deadline.test.ts`, 'the margin before the walltime is three of the slowest checkpoints and the start of the job'],
    ],
  ],
  [
    'detaching and attaching, also where an id was never written down',
    [
      [LIFE, 'after qsub, before the id was written down, has submitted: the next one finds the job by its name'],
      [LIFE, 'after it had submitted leaves jobs that another client attaches to'],
      ['test/batch/slurm-life.test.ts', 'a second client that attaches sees the same ends, and submits nothing'],
      [
        'test/fake-scheduler/killed-client.test.ts',
        'copies of jobs that were asked for go on where these stopped, although the client was killed outright',
      ],
    ],
  ],
  [
    'cancelling that is verified',
    [
      [LIFE, 'cancelling removes the jobs, and says that none is left'],
      [SUBMISSION, 'jobs that have ended need no removal, also beside one that has not'],
      ['test/batch/slurm-life.test.ts', 'a cancelled run leaves no job, also one whose id was never written down'],
    ],
  ],
  [
    'a dry run with the real scripts, and a doctor that tries a job',
    [
      ['test/e2e/doctor.test.ts', 'a job is tried of backends that have jobs'],
      [`${CORE}/submission/job-script.test.ts`, "the user's directives stand at the top; a template decides where everything else stands"],
      [`${CORE}/submission/submission.test.ts`, 'what a run shows before it submits is what it submits, but for the names of jobs'],
      ['test/fake-scheduler/trial-job.test.ts', 'on %s a held job shows whether the site takes what tasks ask for; nothing of it stays'],
      ['test/fake-scheduler/cluster-run.test.ts', 'a controller that does not answer is one problem for the doctor, and is asked once'],
    ],
  ],
  [
    'arrays or single jobs, as the server takes them',
    [
      [
        `${CORE}/submission/submission-plan.test.ts`,
        'an array is as long as the server takes it, and what is left over is no array of one',
      ],
      [`${CORE}/submission/submission-plan.test.ts`, 'single jobs where the server takes no arrays, or where they are asked for'],
      [`${CORE}/submission/submission-plan.test.ts`, 'packed jobs hold as many tasks as they are told, in the order of the plan'],
    ],
  ],
  [
    'attempts of their own: a job that runs twice does no harm',
    [
      [LIFE, 'whose first process goes on beside its second run does no harm: each writes for itself'],
      [LIFE, 'whose node goes down runs once more under its id, to the same draws'],
    ],
  ],
  [
    'typed resources, and ways around them',
    [
      [SUBMISSION, 'the own selection and nodes get what is asked for'],
      [SUBMISSION, 'leaves out what the site does not take'],
      [
        `${CORE}/submission/job-script.test.ts`,
        'prologue, variables and epilogue run in their order, and the epilogue does not hide the exit code',
      ],
    ],
  ],
  [
    'refusals with the words of the site, and the setting that helps',
    [
      [LIFE, 'a hook of the site rejects ends the run at once, with the words of the hook and the setting that helps'],
      [SUBMISSION, 'the same code means another thing to TORQUE'],
      ['test/fake-scheduler/resume.test.ts', 'a run whose jobs were refused goes on with another queue, to the same draws'],
    ],
  ],
  [
    'logs that can be followed',
    [['test/e2e/detached.test.ts', 'logs --follow shows what comes, and ends with the task; the log of a run ends with the run']],
  ],
  [
    'the contract, on a scheduler that really runs jobs and misbehaves when it is told to',
    [
      ['packages/backend-pbs/test/contract.test.ts', 'the pbs backend, on a scheduler that answers like %s, keeps its promise:'],
      ['test/batch/slurm-contract.test.ts', 'the slurm backend, on a real Slurm, keeps its promise:'],
      ['packages/backend-pbs/test/adapter-contract.test.ts', 'the adapter for PBS, with %s,'],
    ],
  ],
  [
    'reasons for waiting, and what jobs have used',
    [
      ['test/fake-scheduler/cluster-run.test.ts', 'a run says why its jobs wait while they do, and in the end what they cost'],
      [LIFE, 'that can never run fails at once, in the words of the server'],
    ],
  ],
]

test.each(BEHAVIOURS)('%s', async (_, tests) => {
  expect(await missingTests(tests), 'say here where else the behaviour is tested').toEqual([])
})

test('every switch of the scheduler, and every kind of fault, has its test in the table of the README', async () => {
  const readme = await source('test/fake-scheduler/README.md')
  const types = await source('test/fake-scheduler/scheduler-switches.ts')
  const [faults = ''] = types.split('readonly skip?')
  const kinds = [...faults.matchAll(/\| '([a-z-]+)'$/gm)].map(([, kind]) => kind!)
  const [, switches = ''] = types.split('export interface Switches')
  const names = [...switches.matchAll(/^ {2}readonly (\w+)\?/gm)].map(([, name]) => name!).filter(name => name !== 'faults')
  expect(kinds.length).toBeGreaterThan(15)
  expect(names.length).toBeGreaterThan(15)
  expect([...kinds, ...names].filter(name => !readme.includes(`\`${name}\``))).toEqual([])
})

test('the tests that the table names exist', async () => {
  const readme = await source('test/fake-scheduler/README.md')
  const rows = [...readme.matchAll(/^\| `.*\| (\S+\.test\.ts): (.*?) +\|$/gm)]
  expect(rows.length).toBeGreaterThan(25)
  const missing: string[] = []
  for (const [, file, name] of rows) {
    const places = [
      'test/fake-scheduler',
      'packages/backend-pbs/test',
      'packages/backend-slurm/test',
      ...PARTS.map(part => `${CORE}${part}`),
    ]
    const texts = await Promise.all(places.map(folder => source(`${folder}/${file}`)))
    if (!texts.some(text => text.includes(name!))) missing.push(`${file}: ${name}`)
  }
  expect(missing).toEqual([])
})
