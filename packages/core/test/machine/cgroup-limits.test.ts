import { expect, test } from 'vitest'

import { cgroupLimits } from '../../src/machine/cgroup-limits.js'

const limits = (files: Record<string, string>) => cgroupLimits(path => files[path])
const V2 = { '/proc/self/cgroup': '0::/jobs/one/step\n' }
const V1 = { '/proc/self/cgroup': '9:name=systemd:/\n4:memory:/jobs/one\n1:cpu,cpuacct:/jobs/one\n0::/\n' }

test.each([
  ['nothing where there are no control groups', {}, undefined, undefined],
  ['nothing where no quota is set', { ...V2, '/sys/fs/cgroup/jobs/one/step/cpu.max': 'max 100000\n' }, undefined, undefined],
  [
    "the process's own group",
    { ...V2, '/sys/fs/cgroup/jobs/one/step/cpu.max': '250000 100000\n', '/sys/fs/cgroup/jobs/one/step/memory.max': '4294967296\n' },
    2.5,
    2 ** 32,
  ],
  [
    'the tightest of the groups above it',
    {
      ...V2,
      '/sys/fs/cgroup/jobs/one/step/cpu.max': '400000 100000\n',
      '/sys/fs/cgroup/jobs/cpu.max': '50000 100000',
      '/sys/fs/cgroup/jobs/one/memory.max': '1000000',
      '/sys/fs/cgroup/memory.max': 'max',
    },
    0.5,
    1e6,
  ],
  [
    'the root, which is all that a container sees',
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '300000 100000' },
    3,
    undefined,
  ],
  [
    'version 1',
    {
      ...V1,
      '/sys/fs/cgroup/cpu,cpuacct/jobs/one/cpu.cfs_quota_us': '150000\n',
      '/sys/fs/cgroup/cpu,cpuacct/jobs/one/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/memory/jobs/one/memory.limit_in_bytes': '2000000\n',
    },
    1.5,
    2e6,
  ],
  [
    'version 1 without limits, which it writes as -1 and as a number beyond any memory',
    {
      ...V1,
      '/sys/fs/cgroup/cpu,cpuacct/jobs/one/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu,cpuacct/jobs/one/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/memory/jobs/one/memory.limit_in_bytes': '9223372036854771712\n',
    },
    undefined,
    undefined,
  ],
  [
    'nothing of what cannot be read',
    { ...V2, '/sys/fs/cgroup/jobs/cpu.max': 'garbage 100000', '/sys/fs/cgroup/memory.max': '' },
    undefined,
    undefined,
  ],
])('limits are %s', (_, files, cores, memoryBytes) => {
  expect(limits(files as Record<string, string>)).toEqual({ cores, memoryBytes })
})
