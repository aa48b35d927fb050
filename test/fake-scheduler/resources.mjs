import { clock, readClock } from './times.mjs'

const TIMES = ['walltime', 'cput', 'pcput']
const SIZES = ['mem', 'vmem', 'pmem', 'pvmem', 'file']
const OTHERS = [
  'ncpus',
  'nodes',
  'nodect',
  'select',
  'place',
  'mpiprocs',
  'ompthreads',
  'host',
  'arch',
  'software',
  'procs',
  'nice',
  'feature',
]
const UNITS = { b: 1, w: 8, kb: 1024, mb: 1024 * 1024, gb: 1024 * 1024 * 1024, tb: 1024 * 1024 * 1024 * 1024 }

export function readSize(text) {
  const [, number, unit = 'b'] = /^(\d+)(b|w|kb|mb|gb|tb)?$/i.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * UNITS[unit.toLowerCase()]
}

/**
 * Resources of `-l` lists, later ones over earlier ones: `{ list, mixed }` with the texts as they are shown, or `{ unknown }`, `{ bad }` with the name of a resource.
 * `mixed`: nodes beside select.
 */
export function readResources(lists) {
  const list = {}
  for (const item of lists.flatMap(text => text.split(','))) {
    const [, name, value = ''] = /^\s*([^=]+)=?(.*)$/s.exec(item) ?? []
    if (name === undefined) continue
    if (![...TIMES, ...SIZES, ...OTHERS].includes(name)) return { unknown: name }
    if (TIMES.includes(name) ? readClock(value) === undefined : SIZES.includes(name) ? readSize(value) === undefined : value === '')
      return { bad: name }
    list[name] = TIMES.includes(name) ? clock(readClock(value)) : value
  }
  return { list, mixed: 'nodes' in list && ('select' in list || 'place' in list) }
}

/** `select=2:ncpus=4:mem=1gb+1` as a whole: `{ ncpus, memory, chunks }`. */
function readSelect(select) {
  const total = { ncpus: 0, memory: 0, chunks: 0 }
  for (const part of select.split('+')) {
    const words = part.split(':')
    const count = /^\d+$/.test(words[0]) ? Number(words[0]) : 1
    const of = name => words.find(word => word.startsWith(`${name}=`))?.slice(name.length + 1)
    total.chunks += count
    total.ncpus += count * Number(of('ncpus') ?? 1)
    total.memory += count * (readSize(of('mem') ?? '0') ?? 0)
  }
  return total
}

/** `nodes=1:ppn=2` as a whole. */
function readNodes(nodes) {
  let ncpus = 0
  let chunks = 0
  for (const part of nodes.split('+')) {
    const count = Number(/^\d+/.exec(part)?.[0] ?? 1)
    chunks += count
    ncpus += count * Number(/ppn=(\d+)/.exec(part)?.[1] ?? 1)
  }
  return { ncpus, chunks, memory: 0 }
}

/** What a request amounts to: processors, chunks, and its limits in seconds and bytes. */
export function amount(list, dialect) {
  const asked =
    list.select && dialect === 'openpbs'
      ? readSelect(list.select)
      : list.nodes
        ? readNodes(list.nodes)
        : { ncpus: Number(list.ncpus ?? 1), chunks: 1, memory: 0 }
  const memory = asked.memory || readSize(list.mem ?? '0') || undefined
  return {
    ncpus: asked.ncpus,
    chunks: asked.chunks,
    ...(memory ? { memory } : {}),
    ...(list.walltime ? { walltime: readClock(list.walltime) } : {}),
    ...(list.cput ? { cput: readClock(list.cput) } : {}),
  }
}
