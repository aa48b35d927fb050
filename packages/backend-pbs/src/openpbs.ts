import type { JobAddress, JobView } from '@chorale/core/contracts'

import type { PbsDialect } from './dialect.js'
import { OPENPBS_CODES } from './error-codes.js'
import { openPbsEnd } from './job-end.js'
import { showAddress } from './job-id.js'
import { isWhole, viewOf } from './job-view.js'
import type { PbsRecord } from './read/pbs-record.js'
import { chunks } from './chunks.js'
import { chunkText, clock, mebibytes } from './resources.js'
import { secondsOf } from './seconds.js'

const DEFAULT_ARRAY_SIZE = 10_000
const DEFAULT_HISTORY_SECONDS = 14 * 86_400
/** The first release whose `-J` takes a limit of elements at a time. */
const THROTTLE_SINCE = 20
/** Jobs of which a poll asks why they wait. */
const REASONS_AT_ONCE = 20

const dependencies = (after: readonly JobAddress[]): readonly string[] =>
  after.length === 0 ? [] : ['-W', `depend=afterany:${after.map(showAddress).join(':')}`]

/** OpenPBS and PBS Professional. */
export const openPbs: PbsDialect = {
  codes: OPENPBS_CODES,
  variables: { index: 'PBS_ARRAY_INDEX', job: 'PBS_JOBID', array: 'PBS_ARRAY_ID' },
  facts(version, server) {
    const history = server.get('job_history_enable') === 'True'
    const historySeconds = history ? (secondsOf(server.get('job_history_duration')) ?? DEFAULT_HISTORY_SECONDS) : 0
    const major = Number(/(\d+)/.exec(version)?.[1] ?? 0)
    return {
      scheduler: 'OpenPBS',
      arrays: { least: 2, most: Number(server.get('max_array_size') ?? DEFAULT_ARRAY_SIZE), throttle: major >= THROTTLE_SINCE },
      historySeconds,
      notes: history
        ? [`ends of jobs are kept for ${Math.round(historySeconds / 3600)} h`]
        : ['the server keeps no history of jobs: why one failed is known from what it printed, and not otherwise'],
    }
  },
  submission({ cpus, memoryBytes, walltimeSeconds, array, after, afterAll = [], project }, { select, place, skipDirectives = [] }) {
    const asks = (what: (typeof skipDirectives)[number]): boolean => !skipDirectives.includes(what)
    const memory = memoryBytes === undefined ? undefined : mebibytes(memoryBytes)
    const ordinary = ['1', ...(asks('cpus') ? [`ncpus=${cpus}`] : []), ...(asks('memory') && memory ? [`mem=${memory}`] : [])].join(':')
    return [
      '-f',
      ...(array ? ['-J', `${array.first}-${array.last}${array.atOnce === undefined ? '' : `%${array.atOnce}`}`] : []),
      ...(project === undefined ? [] : ['-P', project]),
      '-l',
      `select=${select === undefined ? ordinary : chunkText(select, cpus, memory)}`,
      ...(place === undefined ? [] : ['-l', `place=${place}`]),
      ...(asks('walltime') && walltimeSeconds !== undefined ? ['-l', `walltime=${clock(walltimeSeconds)}`] : []),
      ...dependencies([...(after ? [after] : []), ...afterAll]),
    ]
  },
  outputPath: ({ output, name, array }) => `${output}/${name}.${array ? '^array_index^' : '0'}.out`,
  find: (name, { historySeconds }) => [historySeconds === 0 ? ['qselect', '-N', name] : ['qselect', '-x', '-N', name]],
  // Without -E the server answers only to the first id in JSON, and with an error to a finished one.
  look(detail, addresses, { historySeconds }) {
    if (detail === 'ends')
      return chunks(addresses.map(showAddress)).map(ids => [
        'qstat',
        ...(historySeconds === 0 ? [] : ['-x']),
        '-E',
        '-t',
        '-f',
        '-w',
        ...ids,
      ])
    const jobs = addresses.map(showAddress)
    return [
      ...chunks(jobs).map(ids => ['qstat', '-E', '-t', '-w', ...ids] as const),
      ['qstat', '-E', '-f', '-w', ...jobs.slice(-REASONS_AT_ONCE)],
    ]
  },
  view: openPbsView,
  // As `openPbsEnd` tells it.
  wasDeleted: (job, { historySeconds }) =>
    historySeconds === 0 ? undefined : { command: ['qstat', '-x', '-f', '-w', job], yes: '^\\s*substate = 91\\s*$' },
  check(request, { nodes, select, place }) {
    return [
      ...(nodes === undefined ? [] : [{ setting: 'nodes', problem: 'OpenPBS takes a selection: use backend.select' }]),
      ...(select?.includes('nodes') && place ? [{ setting: 'select', problem: 'select and nodes exclude each other' }] : []),
    ]
  },
}

function openPbsView(record: PbsRecord, address: JobAddress): JobView {
  const { attributes: of } = record
  const view = viewOf(record, address, 'run_count')
  // What an array as a whole ended with says nothing of its elements, unless it was deleted.
  const tellsEnd = view.state === 'ended' && (!isWhole(address) || of.get('substate') === '91')
  return {
    ...view,
    ...(/can never run/i.test(view.reason ?? '') ? { neverRuns: true } : {}),
    ...(tellsEnd ? { end: openPbsEnd(of) } : {}),
  }
}
