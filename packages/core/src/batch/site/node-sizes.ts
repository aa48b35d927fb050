import type { Diagnosis } from '../../contracts/backend.js'
import type { NodeSize } from '../../contracts/scheduler.js'
import type { BatchSettings } from '../batch-settings.js'

const GB = 1e9

/**
 * Whether any node could ever run a job: some schedulers take one that none can, and never start it. Nothing where one could, or where the scheduler tells no nodes.
 * `queue`: where jobs go; undefined where nobody knows.
 */
export function diagnoseNodes(
  nodes: readonly NodeSize[],
  { cpus, memory }: Pick<BatchSettings, 'cpus' | 'memory'>,
  queue: string | undefined,
): readonly Diagnosis[] {
  const there = nodes.filter(({ queues }) => queue === undefined || queues === undefined || queues.includes(queue))
  const holds = (node: NodeSize): boolean => node.cpus >= cpus && (node.memoryBytes ?? Infinity) >= (memory ?? 0)
  if (there.length === 0 || there.some(holds)) return []
  const largest = new Set([most(there, node => node.cpus), most(there, node => node.memoryBytes ?? 0)].map(sizeText))
  const asked = sizeText({ cpus, ...(memory === undefined ? {} : { memoryBytes: memory }) })
  return [
    {
      what: 'nodes',
      level: 'problem',
      found: `no node${queue !== undefined && there.some(({ queues }) => queues) ? ` of ${queue}` : ''} has ${asked} for a job: the largest has ${[...largest].join(', another one ')}`,
      change:
        'ask for less (backend.cpus, backend.memoryPerJob), with more shards where these need it; or name another queue (backend.queue)',
    },
  ]
}

const most = (nodes: readonly NodeSize[], size: (node: NodeSize) => number): NodeSize =>
  nodes.reduce((best, node) => (size(node) > size(best) ? node : best))

const sizeText = ({ cpus, memoryBytes }: Pick<NodeSize, 'cpus' | 'memoryBytes'>): string =>
  `${cpus} ${cpus === 1 ? 'core' : 'cores'}${memoryBytes === undefined ? '' : ` and ${(memoryBytes / GB).toFixed(1)}GB`}`
