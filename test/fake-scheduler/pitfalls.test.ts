import { expect, test } from 'vitest'

import { CORE, LIFE, LOOKS, missingTests, SUBMISSION, type NamedTest } from './named-tests.js'

const SCRIPT = `${CORE}/submission/job-script.test.ts`
const TRACKED = `${CORE}/watching/tracked-task.test.ts`
const CLUSTER = 'test/fake-scheduler/cluster-run.test.ts'

/** What others fell into with clusters, and where it is seen to that this does not. */
const PITFALLS: readonly (readonly [string, readonly NamedTest[]])[] = [
  [
    'qstat answers to the first of several ids only; options that only some versions have',
    [[LOOKS, 'of OpenPBS: always with -E, as it answers to the first id only or with errors otherwise']],
  ],
  [
    'JSON that is none: variables, numbers that were names, duplicate keys',
    [
      [LOOKS, 'of invalid JSON, jobs are read line by line, and the answer does not count as whole'],
      [LOOKS, 'names that are numbers, and duplicate keys, are read'],
      [SUBMISSION, 'never hands the environment of the client to the job'],
    ],
  ],
  [
    'ids that a table cuts, or that begin alike',
    [[LOOKS, 'makes ids whole again that a narrow table cut, and never matches by the beginning of a number']],
  ],
  [
    'jobs that move to another queue or server; letters that nobody expected',
    [
      [LOOKS, 'keeps a job whose letter it does not know'],
      [LIFE, 'has jobs of others is asked for ours only'],
    ],
  ],
  ['ends without an exit status, a comment, or yet', [[LOOKS, 'E is not an end, and a job may have run before']]],
  ['ends that a server takes back', [[TRACKED, 'an end is sticky, even when the server takes it back']]],
  ['servers without a history', [[LIFE, 'keeps no history: results are what is on disk']]],
  [
    'refusals that pass: ports, credentials, connections',
    [
      [LIFE, 'is refused for the moment is tried again'],
      [LIFE, 'is down for minutes, also for submissions, loses no task'],
    ],
  ],
  ['what a site says around an id', [[SUBMISSION, 'an id, whatever the site says around it']]],
  [
    'arrays of one, and arrays that are too long',
    [
      [
        `${CORE}/submission/submission-plan.test.ts`,
        'an array is as long as the server takes it, and what is left over is no array of one',
      ],
    ],
  ],
  [
    'jobs that were accepted and never run',
    [
      [LIFE, 'that can never run fails at once, in the words of the server'],
      [
        `${CORE}/watching/waiting.test.ts`,
        'why jobs wait is said once they have waited for a while, and recorded by the driver for others to read',
      ],
      [`${CORE}/site/node-sizes.test.ts`, '%s than any node has is found'],
    ],
  ],
  [
    'jobs that the server runs again, or makes again',
    [
      [LIFE, 'whose node goes down runs once more under its id, to the same draws'],
      [LIFE, 'of a server that loses all of them is submitted again, under an id that was used before'],
    ],
  ],
  ['resources in two forms at once', [[SUBMISSION, 'projects, selections and placements of TORQUE, nodes of OpenPBS']]],
  ['jobs that begin in the home folder', [[SCRIPT, 'a job runs in its folder with its arguments, whatever the folder is called']]],
  ['paths of output that qsub reads as something else', [[SUBMISSION, 'a folder that qsub reads as something else']]],
  [
    'names of jobs that some servers refuse',
    [[`${CORE}/submission/submission.test.ts`, 'the name of a job is one that every scheduler takes']],
  ],
  ['scripts with the line ends of another system', [[SCRIPT, 'a template with the line ends of another system, or without a last one']]],
  [
    'modules in shells that are no login shells',
    [[SCRIPT, 'modules are loaded by the shell of the job, and one that cannot be is named before Node starts']],
  ],
  [
    'dependencies on what is not known',
    [[`${CORE}/submission/continuations.test.ts`, 'a scheduler that takes no copies is no reason to give up the jobs themselves']],
  ],
  [
    'sites that insist on -P',
    [[LIFE, 'a hook of the site rejects ends the run at once, with the words of the hook and the setting that helps']],
  ],
  [
    'shared folders that show files late, empty, or in another order',
    [
      [LIFE, 'a result long after the end of its job'],
      [LIFE, 'that there is a result before the result'],
      [LIFE, 'a result as an empty file first'],
    ],
  ],
  [
    'times of files that are compared with a clock',
    [[`${CORE}/watching/done-markers.test.ts`, 'a second change of the same time is found, on file systems that count seconds too']],
  ],
  ['runs in /tmp', [[CLUSTER, 'a run whose jobs would not see its folder is refused, which the doctor says before']]],
  [
    'marks of an earlier attempt that end a new one',
    [[LIFE, 'whose first process goes on beside its second run does no harm: each writes for itself']],
  ],
  [
    'jobs that count as dead or done as nobody sees them',
    [
      [LIFE, 'answers with half a table, without our jobs, with strange letters, or not at all: no task is lost for it'],
      [
        `${CORE}/watching/task-decision.test.ts`,
        'absence alone decides nothing, and neither does an end whose result may still be on its way',
      ],
    ],
  ],
  [
    'a question for each job',
    [
      [
        `${CORE}/many-tasks.test.ts`,
        'ten thousand tasks are followed with a few calls a minute, of our own jobs only, and in memory that stays flat',
      ],
    ],
  ],
  [
    'cancelling that nobody looks after, also right after a submission',
    [
      [LIFE, 'cancelling removes the jobs, and says that none is left'],
      ['test/batch/slurm-life.test.ts', 'a cancelled run leaves no job, also one whose id was never written down'],
    ],
  ],
  ['more output than a pipe holds', [[LIFE, 'says more than a pipe holds, on both streams, is read to the end']]],
  ['a walltime that nobody asked for', [[`${CORE}/site/diagnose.test.ts`, "without a walltime, the doctor says that jobs get the site's"]]],
]

test.each(PITFALLS)('%s', async (_, tests) => {
  expect(await missingTests(tests), 'say here where else it is tested').toEqual([])
})
