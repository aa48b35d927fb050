import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'

import type { Diagnosis } from '../contracts/index.js'
import { cgroupLimits } from './cgroup-limits.js'
import { usableMemory } from './usable-memory.js'
import { usableWorkers } from './usable-workers.js'

/** What is read of this machine; a parameter so that every case can be tested. Bytes, cores. */
export interface MachineFacts {
  /** `20.19.0`. */
  readonly node: string
  readonly usableCores: number
  readonly cores: number
  /** Of the scheduler's affinity. */
  readonly affinity: number
  /** What control groups allow. */
  readonly quota: number | undefined
  readonly usableMemory: number
  readonly totalMemory: number
  readonly memoryLimit: number | undefined
  /** RLIMIT_AS; undefined: no limit, or none that can be read. */
  readonly addressSpace: number | undefined
  /** A WebAssembly memory that threads share could be made. */
  readonly wasmMemory: boolean
}

const OLDEST_NODE = [20, 19] as const
const GB = 1e9
const LITTLE_MEMORY = 0.5 * GB

/** Node, cores, memory, and whether compiled models can have WebAssembly memory. */
export function diagnoseMachine(facts: MachineFacts = machineFacts()): readonly Diagnosis[] {
  return [nodeLine(facts), coresLine(facts), memoryLine(facts), wasmLine(facts)]
}

export function nodeLine({ node }: Pick<MachineFacts, 'node'>): Diagnosis {
  const [major = 0, minor = 0] = node.split('.').map(Number)
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return { what: 'Node', level: 'ok', found: node }
  return { what: 'Node', level: 'problem', found: node, change: `install Node ${OLDEST_NODE.join('.')} or newer` }
}

function coresLine({ usableCores, cores, affinity, quota }: MachineFacts): Diagnosis {
  const limits = [
    ...(affinity < cores ? [`affinity ${affinity}`] : []),
    ...(quota === undefined ? [] : [`control group ${Math.round(100 * quota) / 100}`]),
  ]
  const found = `${usableCores} of ${cores} may be used${limits.length === 0 ? '' : ` (${limits.join(', ')})`}`
  if (usableCores > 1 || cores === 1) return { what: 'cores', level: 'ok', found }
  return {
    what: 'cores',
    level: 'warning',
    found,
    change: 'give the container or job more cores, or run on a cluster: chains run one after another here',
  }
}

function memoryLine({ usableMemory: usable, totalMemory, memoryLimit }: MachineFacts): Diagnosis {
  const limit = memoryLimit === undefined ? '' : `, control group ${gigabytes(memoryLimit)}`
  const found = `${gigabytes(usable)} may be used of ${gigabytes(totalMemory)}${limit}`
  if (usable >= LITTLE_MEMORY) return { what: 'memory', level: 'ok', found }
  return { what: 'memory', level: 'warning', found, change: 'end other programs, or give the container or job more memory' }
}

export function wasmLine({ addressSpace, wasmMemory }: Pick<MachineFacts, 'addressSpace' | 'wasmMemory'>): Diagnosis {
  const limit = addressSpace === undefined ? 'address space unlimited' : `address space limited to ${gigabytes(addressSpace)}`
  if (wasmMemory) return { what: 'WebAssembly', level: 'ok', found: `memory can be shared; ${limit}` }
  return {
    what: 'WebAssembly',
    level: 'problem',
    found: `no memory can be made: ${limit}, and V8 reserves about 10 GB of addresses for each`,
    change: 'lift the limit of addresses, which is not memory: ulimit -v unlimited; in a batch job ask for mem, not for vmem or pvmem',
  }
}

const gigabytes = (bytes: number): string => `${(bytes / GB).toFixed(1)} GB`

function machineFacts(): MachineFacts {
  const { cores: quota, memoryBytes } = cgroupLimits()
  return {
    node: process.versions.node,
    usableCores: usableWorkers(),
    cores: cpus().length,
    affinity: availableParallelism(),
    quota,
    usableMemory: usableMemory(),
    totalMemory: totalmem(),
    memoryLimit: memoryBytes,
    addressSpace: addressSpaceLimit(),
    wasmMemory: canMakeMemory(),
  }
}

/** The soft limit of the kernel's table. Source: proc(5), /proc/[pid]/limits. */
function addressSpaceLimit(): number | undefined {
  try {
    const soft = /^Max address space\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}

interface WebAssemblyApi {
  readonly Memory: new (descriptor: object) => { readonly buffer: SharedArrayBuffer }
}

function canMakeMemory(): boolean {
  const { Memory } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly
  try {
    return new Memory({ initial: 1, maximum: 16, shared: true }).buffer.byteLength > 0
  } catch {
    return false
  }
}
