import type { CommandLine, JobRequest, SchedulerAdapter, ServerFacts } from '@chorale/core/contracts'

import { chunks } from './chunks.js'
import type { PbsDialect } from './dialect.js'
import { readFind } from './find-answer.js'
import { DIALECTS, identify } from './identify.js'
import { showAddress } from './job-id.js'
import { readEnds, readLive } from './look-answer.js'
import type { PbsDialectName, PbsOptions } from './options.js'
import { nodesCommand, readNodes } from './nodes.js'
import { queuesCommand, readQueues } from './queues.js'
import { readRemoval } from './removal-answer.js'
import { readSubmission } from './submission-answer.js'

const dialectOf = ({ dialect }: ServerFacts): PbsDialect => DIALECTS[dialect as PbsDialectName]
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,199}$/

/** The adapter for OpenPBS, PBS Pro and TORQUE. */
export function pbsScheduler(options: PbsOptions): SchedulerAdapter {
  return {
    scheduler: 'PBS',
    commands: ['qsub', 'qstat', 'qdel', 'qselect'],
    environment: ['PBS_CONF_FILE', 'PBS_EXEC', 'PBS_SERVER', 'PBS_DEFAULT'],
    directivePrefix: '#PBS',
    identify: ask => identify(ask, options.dialect),
    variables: facts => dialectOf(facts).variables,
    submission: (request, facts) => submission(request, options, dialectOf(facts)),
    readSubmission: (answer, facts) => readSubmission(answer, dialectOf(facts)),
    find: (name, facts) => dialectOf(facts).find(name, facts),
    readFind: answers => readFind(answers),
    look: (detail, addresses, facts) => dialectOf(facts).look(detail, addresses, facts),
    readLook: (detail, answers, facts) =>
      detail === 'ends' ? readEnds(answers, dialectOf(facts)) : readLive(answers, dialectOf(facts), facts),
    remove: addresses => chunks(addresses.map(showAddress)).map(ids => ['qdel', ...ids] as const),
    readRemoval: (answer, facts) => readRemoval(answer, dialectOf(facts)),
    show: showAddress,
    wasDeleted: ({ job, isArray }, facts) => dialectOf(facts).wasDeleted(isArray ? job.replace('[]', '[{index}]') : job, facts),
    limits: { command: queuesCommand, read: readQueues },
    nodes: { command: nodesCommand, read: readNodes },
    check: (request, facts) => [...names(request), ...dialectOf(facts).check(request, options), ...paths(request)],
  }
}

/** What both dialects take; never -V, which would hand the whole environment of the client to the job. */
function submission(request: JobRequest, options: PbsOptions, dialect: PbsDialect): CommandLine {
  const { name, queue, account, script, held } = request
  const asks = (what: NonNullable<PbsOptions['skipDirectives']>[number]): boolean => !options.skipDirectives?.includes(what)
  return [
    'qsub',
    '-N',
    name,
    ...dialect.submission(request, options),
    ...(queue === undefined ? [] : ['-q', queue]),
    ...(account === undefined ? [] : ['-A', account]),
    ...(asks('output') ? ['-j', 'oe', '-o', dialect.outputPath(request)] : []),
    ...(asks('rerunnable') ? ['-r', 'y'] : []),
    ...(asks('umask') ? ['-W', 'umask=077'] : []),
    ...(asks('shell') ? ['-S', options.shell ?? '/bin/sh'] : []),
    ...(held ? ['-h'] : []),
    script,
  ]
}

function names({ queue, account, project }: JobRequest): readonly { readonly setting: string; readonly problem: string }[] {
  return Object.entries({ queue, account, project }).flatMap(([setting, name]) =>
    name === undefined || NAME.test(name) ? [] : [{ setting, problem: `${JSON.stringify(name)} is not a name that PBS takes` }],
  )
}

/** qsub reads what is before a colon as a host, and ends a list of attributes at a comma. */
function paths({ output }: JobRequest): readonly { readonly setting: string; readonly problem: string }[] {
  // eslint-disable-next-line no-control-regex -- what must not be in a path on a command line of PBS
  return /[:,^\x00-\x1f]/.test(output)
    ? [
        {
          setting: 'skipDirectives',
          problem: `qsub cannot be given the run's folder ${JSON.stringify(output)}, as it has one of : , ^ in it: add "output"`,
        },
      ]
    : []
}
