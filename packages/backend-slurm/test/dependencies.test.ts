import type { JobAddress, JobRequest } from '@chorale/core/contracts'
import { expect, test } from 'vitest'

import { sbatch } from '../src/submission.js'

const waitingFor = (afterAll: readonly JobAddress[]): JobRequest => ({
  name: 'caaaaaaaaaaaa',
  script: '/runs/1/submissions/0003.sh',
  output: '/runs/1/submissions/output',
  cpus: 1,
  afterAll,
})

test('a job waits for the end of several others, however they end', () => {
  expect(sbatch(waitingFor([{ job: '12' }, { job: '14' }]), {})).toContain('--dependency=afterany:12:14')
})

test('a job that waits for nothing says nothing of it', () => {
  expect(sbatch(waitingFor([]), {}).join(' ')).not.toContain('dependency')
})
