import type { JobAddress, JobView } from '@chorale/core/contracts'

import { chunks } from './chunks.js'
import type { PbsDialect } from './dialect.js'
import { TORQUE_CODES } from './error-codes.js'
import { torqueEnd } from './job-end.js'
import { isArray, showAddress } from './job-id.js'
import { isWhole, viewOf } from './job-view.js'
import type { PbsRecord } from './read/pbs-record.js'
import { chunkText, clock, mebibytes } from './resources.js'
import { secondsOf } from './seconds.js'

const DEFAULT_ARRAY_SIZE = 10_000
const REASONS_AT_ONCE = 20

/** A job would wait for ever for an array that is named as if it were a job. */
function dependencies(after: readonly JobAddress[]): readonly string[] {
  const ids = after.map(showAddress)
  const kinds = [
    ['afterany', ids.filter(id => !isArray(id))],
    ['afteranyarray', ids.filter(isArray)],
  ] as const
  const list = kinds.flatMap(([kind, of]) => (of.length === 0 ? [] : [[kind, ...of].join(':')]))
  return list.length === 0 ? [] : ['-W', `depend=${list.join(',')}`]
}

export const torque: PbsDialect = {
  codes: TORQUE_CODES,
  variables: { index: 'PBS_ARRAYID', job: 'PBS_JOBID' },
  facts(version, server) {
    const historySeconds = secondsOf(server.get('keep_completed'))
    return {
      scheduler: 'TORQUE',
      arrays: { least: 1, most: Number(server.get('max_job_array_size') ?? DEFAULT_ARRAY_SIZE), throttle: true },
      ...(historySeconds === undefined ? {} : { historySeconds }),
      notes: [
        historySeconds
          ? `ended jobs are kept for ${historySeconds} s`
          : 'the server does not say that it keeps ended jobs: why one failed is known from what it printed, and not otherwise',
      ],
    }
  },
  submission({ cpus, memoryBytes, walltimeSeconds, array, after, afterAll = [] }, { nodes, skipDirectives = [] }) {
    const asks = (what: (typeof skipDirectives)[number]): boolean => !skipDirectives.includes(what)
    const memory = memoryBytes === undefined ? undefined : mebibytes(memoryBytes)
    const ordinary = asks('cpus') ? `1:ppn=${cpus}` : '1'
    return [
      ...(array ? ['-t', `${array.first}-${array.last}${array.atOnce === undefined ? '' : `%${array.atOnce}`}`] : []),
      '-l',
      `nodes=${nodes === undefined ? ordinary : chunkText(nodes, cpus, memory)}`,
      ...(asks('memory') && memory ? ['-l', `mem=${memory}`] : []),
      ...(asks('walltime') && walltimeSeconds !== undefined ? ['-l', `walltime=${clock(walltimeSeconds)}`] : []),
      ...dependencies([...(after ? [after] : []), ...afterAll]),
    ]
  },
  // Files of an array are named by the server, in a folder: NAME.o12-3.
  outputPath: ({ output, name, array }) => (array ? `${output}/` : `${output}/${name}.0.out`),
  // Arrays are found by the names of their elements only.
  find: name => [
    ['qselect', '-N', name],
    ['qselect', '-N', `${name}-0`],
  ],
  look(detail, addresses) {
    const ids = addresses.map(showAddress)
    if (detail === 'ends') {
      const [arrays, others] = [ids.filter(isArray), ids.filter(id => !isArray(id))]
      return [
        ...chunks(others).map(part => ['qstat', '-x', ...part] as const),
        ...chunks(arrays).map(part => ['qstat', '-t', '-x', ...part] as const),
      ]
    }
    // Without -t, the server answers to an array that has ended with everything that it has.
    const single = ids.filter(id => !isArray(id)).slice(-REASONS_AT_ONCE)
    return [
      ...chunks(ids).map(part => ['qstat', '-t', ...part] as const),
      ...(single.length === 0 ? [] : [['qstat', '-f', ...single] as const]),
    ]
  },
  view: torqueView,
  wasDeleted: job => ({ command: ['qstat', '-f', job], yes: '^\\s*exit_status = 271\\s*$' }),
  check(request, { select, place }) {
    return [
      ...(request.project === undefined
        ? []
        : [{ setting: 'project', problem: 'TORQUE has no projects (its -P is another user): use backend.account' }]),
      ...(select === undefined ? [] : [{ setting: 'select', problem: 'TORQUE accepts a selection and ignores it: use backend.nodes' }]),
      ...(place === undefined ? [] : [{ setting: 'place', problem: 'TORQUE has no placement: use backend.nodes' }]),
    ]
  },
}

function torqueView(record: PbsRecord, address: JobAddress): JobView {
  const view = viewOf(record, address, 'start_count')
  return view.state === 'ended' && !isWhole(address) ? { ...view, end: torqueEnd(record.attributes) } : view
}
