import type { CostRecord, KindCost } from '@chorale/core'
import { formatWalltime } from '@chorale/core/command'

import { labelled } from './labelled.js'
import { formatBytes, formatCount } from './number.js'
import { formatTable, type Alignment } from './table.js'

const RIGHT: readonly Alignment[] = ['left', ...Array<Alignment>(7).fill('right')]

/** What the batch jobs of a run asked for and used, a line for each kind of task, and what the next run may ask for. */
export function describeCost({ scheduler, kinds, suggestions }: CostRecord): string {
  const header = [`Jobs (${scheduler})`, 'jobs', 'core-hours', 'used', 'memory', 'used', 'walltime', 'longest']
  return `${formatTable(header, kinds.map(row), RIGHT)}${suggestions.map(suggestion => `${labelled('Next time', suggestion)}\n`).join('')}`
}

const row = ({ kind, jobs, coreHours, memory, walltime }: KindCost): readonly string[] => [
  kind,
  formatCount(jobs),
  coreHours.held.toFixed(coreHours.held < 10 ? 2 : 0),
  coreHours.held > 0 ? `${Math.round((100 * coreHours.used) / coreHours.held)} %` : '-',
  memory.asked === null ? '-' : formatBytes(memory.asked),
  formatBytes(memory.largest),
  walltime.asked === null ? '-' : formatWalltime(walltime.asked),
  formatWalltime(walltime.longest),
]
