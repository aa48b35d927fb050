import type { CommandAnswer, CommandLine, QueueLimits } from '@chorale/core/contracts'

export const partitionsCommand: CommandLine = ['scontrol', 'show', 'partition']

const MIB = 1024 * 1024
/** States in which a partition takes jobs, and in which it starts them. Source: scontrol(1), partitions. */
const [TAKES, STARTS]: readonly [readonly string[], readonly string[]] = [
  ['UP', 'DOWN'],
  ['UP', 'DRAIN'],
]

/** What partitions take. Memory is that of one node, which a job of ours does not leave. */
export function readPartitions({ code, stdout }: CommandAnswer): readonly QueueLimits[] {
  if (code !== 0) return []
  return stdout.split(/(?=\bPartitionName=)/).flatMap(text => {
    const values = new Map([...text.matchAll(/(\w+)=(\S*)/g)].map(([, name, value]) => [name!, value!]))
    const name = values.get('PartitionName')
    if (name === undefined) return []
    const state = values.get('State') ?? 'UP'
    const maxWalltimeSeconds = secondsOf(values.get('MaxTime'))
    const megabytes = /^\d+$/.exec(values.get('MaxMemPerNode') ?? '')?.[0]
    return [
      {
        name,
        isDefault: values.get('Default') === 'YES',
        takesJobs: TAKES.includes(state),
        startsJobs: STARTS.includes(state),
        ...(maxWalltimeSeconds === undefined ? {} : { maxWalltimeSeconds }),
        ...(megabytes === undefined ? {} : { maxMemoryBytes: Number(megabytes) * MIB }),
      },
    ]
  })
}

/** Seconds of `7-00:00:00` or `01:00:00`; undefined for `UNLIMITED`. */
function secondsOf(text: string | undefined): number | undefined {
  const [, days = '0', hours, minutes, seconds] = /^(?:(\d+)-)?(\d+):(\d\d):(\d\d)$/.exec(text ?? '') ?? []
  return hours === undefined ? undefined : ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)
}
