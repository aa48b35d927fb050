import type { JobAddress, JobRequest } from '@chorale/core/contracts'
import { expect, test } from 'vitest'

import { openPbs } from '../src/openpbs.js'
import { torque } from '../src/torque.js'

const waitingFor = (afterAll: readonly JobAddress[]): JobRequest => ({
  name: 'caaaaaaaaaaaa',
  script: '/runs/1/submissions/0003.sh',
  output: '/runs/1/submissions/output',
  cpus: 1,
  afterAll,
})

test('a job waits for the end of several others, however they end; of an array on TORQUE in the words for arrays', () => {
  const request = waitingFor([{ job: '12[].server' }, { job: '14.server' }])
  expect(openPbs.submission(request, {})).toContain('depend=afterany:12[].server:14.server')
  // An array that is named as if it were a job would be waited for without end.
  expect(torque.submission(request, {})).toContain('depend=afterany:14.server,afteranyarray:12[].server')
})

test('a job that waits for nothing says nothing of it', () => {
  for (const dialect of [openPbs, torque]) expect(dialect.submission(waitingFor([]), {}).join(' ')).not.toContain('depend')
})
