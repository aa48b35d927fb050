import { expect, test } from 'vitest'

import { readPartitions } from '../src/partitions.js'

/** In the form that scontrol(1) describes. */
const TEXT = `PartitionName=batch
   AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL
   AllocNodes=ALL Default=YES QoS=N/A
   DefaultTime=NONE DisableRootJobs=NO ExclusiveUser=NO GraceTime=0 Hidden=NO
   MaxNodes=UNLIMITED MaxTime=7-00:00:00 MinNodes=0 LLN=NO MaxCPUsPerNode=UNLIMITED
   Nodes=n[1-4]
   State=UP TotalCPUs=16 TotalNodes=4 SelectTypeParameters=NONE
   DefMemPerNode=UNLIMITED MaxMemPerNode=8000

PartitionName=debug
   Default=NO MaxTime=01:00:00 State=DOWN MaxMemPerNode=UNLIMITED

PartitionName=old
   Default=NO MaxTime=UNLIMITED State=INACTIVE
`

test('partitions are read with what they take', () => {
  expect(readPartitions({ code: 0, stdout: TEXT, stderr: '' })).toEqual([
    {
      name: 'batch',
      isDefault: true,
      takesJobs: true,
      startsJobs: true,
      maxWalltimeSeconds: 7 * 86_400,
      maxMemoryBytes: 8000 * 1024 * 1024,
    },
    { name: 'debug', isDefault: false, takesJobs: true, startsJobs: false, maxWalltimeSeconds: 3600 },
    { name: 'old', isDefault: false, takesJobs: false, startsJobs: false },
  ])
})

test.each([
  ['an error', { code: 1, stdout: '', stderr: 'slurm_load_partitions: Unable to contact slurm controller' }],
  ['nothing', { code: 0, stdout: '', stderr: '' }],
  ['no partition', { code: 0, stdout: 'Welcome to the cluster\n', stderr: '' }],
])('%s names none', (_, answer) => expect(readPartitions(answer)).toEqual([]))
