import type { CommandAnswer, CommandLine, NodeSize } from '@chorale/core/contracts'

export const nodesCommand: CommandLine = ['scontrol', '--oneliner', 'show', 'node']

const MIB = 1024 * 1024

/** What nodes have in all, and the partitions that they are in. Source: scontrol(1), nodes. */
export function readNodes({ code, stdout }: CommandAnswer): readonly NodeSize[] {
  if (code !== 0) return []
  return stdout.split('\n').flatMap(line => {
    const value = (key: string): string | undefined => new RegExp(`(?:^| )${key}=(\\S+)`).exec(line)?.[1]
    const [name, cpus, megabytes, partitions] = [value('NodeName'), value('CPUTot'), value('RealMemory'), value('Partitions')]
    if (name === undefined || !/^\d+$/.test(cpus ?? '')) return []
    return [
      {
        name,
        cpus: Number(cpus),
        // 1 is what a node has whose memory nobody configured.
        ...(/^\d+$/.test(megabytes ?? '') && megabytes !== '1' ? { memoryBytes: Number(megabytes) * MIB } : {}),
        ...(partitions === undefined ? {} : { queues: partitions.split(',') }),
      },
    ]
  })
}
