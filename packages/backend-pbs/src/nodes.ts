import type { CommandAnswer, CommandLine, NodeSize } from '@chorale/core/contracts'

import { bytesOf } from './bytes.js'

/** Every host with its attributes, in both dialects. */
export const nodesCommand: CommandLine = ['pbsnodes', '-a']

/**
 * What nodes have in all: in OpenPBS `resources_available`, in TORQUE `np` and the `physmem` of the status. Which queues use them is mostly a matter of rules that PBS does not tell.
 * Source: pbsnodes(8B).
 */
export function readNodes({ code, stdout }: CommandAnswer): readonly NodeSize[] {
  if (code !== 0) return []
  return stdout.split(/\n(?=\S)/).flatMap(text => {
    const name = /^(\S+)\s*$/m.exec(text)?.[1]
    const value = (key: string): string | undefined => new RegExp(`^\\s+${key} = (.*?)\\s*$`, 'm').exec(text)?.[1]
    const cpus = value('resources_available\\.ncpus') ?? value('np')
    if (name === undefined || cpus === undefined || !/^\d+$/.test(cpus)) return []
    const memoryBytes = bytesOf(value('resources_available\\.mem') ?? /(?:^|,)physmem=(\w+)/.exec(value('status') ?? '')?.[1])
    return [{ name, cpus: Number(cpus), ...(memoryBytes === undefined ? {} : { memoryBytes }) }]
  })
}
