import { expect, test } from 'vitest'

import { readNodes } from '../src/nodes.js'

/** As Slurm 22.05 prints them, shortened. */
const TEXT = `NodeName=n1 Arch=x86_64 CoresPerSocket=1 CPUAlloc=0 CPUEfctv=4 CPUTot=4 CPULoad=0.10 NodeAddr=127.0.0.1 RealMemory=7900 AllocMem=0 FreeMem=512 State=IDLE ThreadsPerCore=1 Partitions=batch,debug BootTime=2026-11-23T20:00:00 CfgTRES=cpu=4,mem=7900M,billing=4
NodeName=n2 Arch=x86_64 CPUTot=2 RealMemory=1 State=DOWN+DRAIN Partitions=batch Reason=Not responding [slurm@2026-11-23T20:00:00]
NodeName=n3 CPUTot=8 RealMemory=1000 State=IDLE
`

test('nodes are read with all that they have, and their partitions; one that is down counts', () => {
  expect(readNodes({ code: 0, stdout: TEXT, stderr: '' })).toEqual([
    { name: 'n1', cpus: 4, memoryBytes: 7900 * 1024 * 1024, queues: ['batch', 'debug'] },
    { name: 'n2', cpus: 2, queues: ['batch'] },
    { name: 'n3', cpus: 8, memoryBytes: 1000 * 1024 * 1024 },
  ])
})

test.each([
  ['an error', { code: 1, stdout: '', stderr: 'slurm_load_node error: Unable to contact slurm controller' }],
  ['no node', { code: 0, stdout: 'Welcome to the cluster\n', stderr: '' }],
])('%s names none', (_, answer) => expect(readNodes(answer)).toEqual([]))
