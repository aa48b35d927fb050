import type { PbsRecord, PbsRecords } from './pbs-record.js'

/**
 * Reads `qstat -f -F json`. Values that look like numbers are numbers there, and servers print invalid JSON where a variable of the job holds quotes, line feeds or
 * `005`: then each job is read by itself, line by line, and the answer does not count as whole.
 */
export function readJson(text: string): PbsRecords {
  const parsed = parse(text)
  if (parsed === undefined) return { records: salvage(text), whole: false }
  const jobs = isObject(parsed) && isObject(parsed.Jobs) ? parsed.Jobs : {}
  return { records: Object.entries(jobs).map(([id, job]) => ({ id, attributes: flat(job) })), whole: true }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function flat(job: unknown): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  if (!isObject(job)) return attributes
  for (const [name, value] of Object.entries(job)) {
    if (isObject(value)) for (const [part, inner] of Object.entries(value)) attributes.set(`${name}.${part}`, String(inner))
    else attributes.set(name, String(value))
  }
  return attributes
}

const ID = /^\s*"(\d+(?:\[\d*\])?\.[^"\s]+)"\s*:\s*\{\s*$/
const SIMPLE = /^\s*"([A-Za-z_][\w.]*)"\s*:\s*(?:"(.*)"|(-?[\d.]+))\s*,?\s*$/
const LIST = /^\s*"([A-Za-z_]\w*)"\s*:\s*\{\s*$/

/** Jobs whose block has an end: their attributes stand one in a line, but for the variables. */
function salvage(text: string): readonly PbsRecord[] {
  const records: PbsRecord[] = []
  let current: { readonly id: string; readonly attributes: Map<string, string> } | undefined
  let list: string | undefined
  for (const line of text.split('\n')) {
    const [, id] = ID.exec(line) ?? []
    const [, opened] = LIST.exec(line) ?? []
    const [, name, words, number] = SIMPLE.exec(line) ?? []
    if (id !== undefined) {
      current = { id, attributes: new Map() }
      list = undefined
    } else if (!current) continue
    else if (opened !== undefined) list = opened
    else if (/^\s*\},?\s*$/.test(line)) {
      if (list !== undefined) list = undefined
      else {
        records.push(current)
        current = undefined
      }
    } else if (name !== undefined) {
      const key = list === undefined ? name : `${list}.${name}`
      if (!current.attributes.has(key)) current.attributes.set(key, (words ?? number ?? '').replaceAll('\\"', '"').replaceAll('\\\\', '\\'))
    }
  }
  return records
}
