import type { Diagnosis } from '../../contracts/backend.js'
import { nodeLine, wasmLine } from '../../machine/diagnose-machine.js'

/** What a job of seconds writes down. */
export interface NodeReport {
  readonly host: string
  readonly node: string
  readonly v8: string
  readonly arch: string
  /** The node's clock, milliseconds since 1970. */
  readonly at: number
  readonly wasmMemory: boolean
  readonly addressSpace: number | null
}

/** What the job runs: it needs nothing but Node, however old, and writes into the folder that it is given. */
export const NODE_CHECK = `import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
const [folder] = process.argv.slice(2)
let wasmMemory = false
try {
  wasmMemory = new WebAssembly.Memory({ initial: 1, maximum: 16, shared: true }).buffer.byteLength > 0
} catch {}
let addressSpace = null
try {
  const soft = /^Max address space\\s+(\\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
  if (soft) addressSpace = Number(soft[1])
} catch {}
const { versions, arch } = process
const report = { host: hostname(), node: versions.node, v8: versions.v8, arch, at: Date.now(), wasmMemory, addressSpace }
writeFileSync(folder + '/result.tmp', JSON.stringify(report))
renameSync(folder + '/result.tmp', folder + '/result.json')
`

const MS = 1000

/** `now`: this machine's clock, milliseconds since 1970. Clocks are shown, and nothing depends on them. */
export function diagnoseNode(report: NodeReport, now: number): readonly Diagnosis[] {
  const { host, at, node, v8, arch, wasmMemory, addressSpace } = report
  const on = (line: Diagnosis): Diagnosis => ({ ...line, what: `${line.what} on ${host}` })
  const behind = Math.round((now - at) / MS)
  const isSame = v8 === process.versions.v8 && arch === process.arch
  return [
    { what: `run folder on ${host}`, level: 'ok', found: 'a job there sees it, and writes to it' },
    on(nodeLine({ node })),
    {
      what: `same Node on ${host}`,
      level: isSame ? 'ok' : 'problem',
      found: `V8 ${v8} on ${arch}${isSame ? ', as here' : `; here V8 ${process.versions.v8} on ${process.arch}, so that draws would differ`}`,
      ...(isSame ? {} : { change: 'set backend.node to the same Node as here, or reproducible: statistical' }),
    },
    {
      what: `clock of ${host}`,
      level: 'ok',
      found: behind === 0 ? 'as here' : `${Math.abs(behind)} s ${behind > 0 ? 'behind' : 'ahead'}, or its answer took so long`,
    },
    on(wasmLine({ wasmMemory, addressSpace: addressSpace ?? undefined })),
  ]
}
