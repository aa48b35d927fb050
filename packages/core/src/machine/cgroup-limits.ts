import { readFileSync } from 'node:fs'

/** What the control groups of a process allow it. Both are undefined where nothing is limited, or where there are no control groups. */
export interface CgroupLimits {
  /** Processor time as a number of cores, which need not be whole. */
  readonly cores: number | undefined
  readonly memoryBytes: number | undefined
}

export type ReadText = (path: string) => string | undefined

const ROOT = '/sys/fs/cgroup'

/**
 * The tightest limits of the control groups that hold this process, its own and all above it, in version 2 or 1. A container often sees only its own group, as the
 * root. Source: Linux kernel, Documentation/admin-guide/cgroup-v2.rst (`cpu.max`, `memory.max`) and cgroup-v1.
 */
export function cgroupLimits(read: ReadText = readIfThere): CgroupLimits {
  const groups = (read('/proc/self/cgroup') ?? '0::/').split('\n').flatMap(line => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line.trim()) ?? []
    return controllers === undefined || path === undefined ? [] : [{ controllers, path }]
  })
  const cores: number[] = []
  const memory: number[] = []
  for (const { controllers, path } of groups) {
    for (const folder of upwards(path)) {
      if (controllers === '') {
        cores.push(share(read(`${ROOT}${folder}/cpu.max`)))
        memory.push(positive(read(`${ROOT}${folder}/memory.max`)))
      }
      const names = controllers.split(',')
      if (names.includes('cpu')) {
        const base = `${ROOT}/${controllers}${folder}/cpu.cfs`
        cores.push(share(`${read(`${base}_quota_us`)} ${read(`${base}_period_us`)}`))
      }
      if (names.includes('memory')) memory.push(positive(read(`${ROOT}/memory${folder}/memory.limit_in_bytes`)))
    }
  }
  return { cores: least(cores), memoryBytes: least(memory) }
}

/** `/a/b` -> `/a/b`, `/a` and the root, which is empty. */
function* upwards(path: string): Generator<string> {
  for (let folder = path.replace(/\/+$/, ''); folder !== ''; folder = folder.slice(0, folder.lastIndexOf('/'))) yield folder
  yield ''
}

/** `quota period` in microseconds; `max`, -1 and anything else that is no quota: no limit. */
function share(text: string | undefined): number {
  const [quota, period] = (text ?? '').trim().split(/\s+/).map(Number)
  return quota! > 0 && period! > 0 ? quota! / period! : Infinity
}

/** Version 1 writes "no limit" as a number beyond any memory. */
function positive(text: string | undefined): number {
  const bytes = Number((text ?? '').trim())
  return bytes > 0 && bytes < Number.MAX_SAFE_INTEGER ? bytes : Infinity
}

function least(values: readonly number[]): number | undefined {
  const value = Math.min(Infinity, ...values)
  return Number.isFinite(value) ? value : undefined
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
