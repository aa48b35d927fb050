import type { PbsRecord, PbsRecords } from './pbs-record.js'

/**
 * Reads `qstat -f`: `Job Id: X`, then `    name = value`; lines that begin with a tab go on with the one before, whether or not `-w` was given. Lines of any other
 * form belong to a value with line feeds of its own and are left out. `text` is without its last line feed: an answer that is whole then ends with another one.
 */
export function readText(text: string): PbsRecords {
  const records: { readonly id: string; readonly attributes: Map<string, string> }[] = []
  let last: string | undefined
  for (const line of text.split('\n')) {
    const current = records.at(-1)
    const [, id] = /^(?:Job Id|Server|Queue):\s*(\S.*?)\s*$/.exec(line) ?? []
    const [, name, value] = /^ {4}([A-Za-z_][\w.-]*) = (.*)$/.exec(line) ?? []
    if (id !== undefined) {
      records.push({ id, attributes: new Map() })
      last = undefined
    } else if (line.startsWith('\t')) {
      if (current && last !== undefined) current.attributes.set(last, (current.attributes.get(last) ?? '') + line.slice(1))
    } else if (current && name !== undefined && value !== undefined) {
      // The first counts: what a variable's value looks like comes later than the attribute itself, or never.
      last = current.attributes.has(name) ? undefined : name
      if (last !== undefined) current.attributes.set(name, value)
    } else last = undefined
  }
  return whole(records, text === '' || text.endsWith('\n'))
}

/** Reads `qstat -f -F dsv`: a line for each job, attributes between bars. An answer that ends within a line is cut. */
export function readDsv(text: string): PbsRecords {
  const records: PbsRecord[] = []
  for (const line of text.split('\n')) {
    const [head = '', ...fields] = line.split(/(?<!\\)\|/)
    const [, id] = /^Job Id:\s*(\S+)$/.exec(head) ?? []
    if (id === undefined) continue
    const attributes = new Map<string, string>()
    for (const field of fields) {
      const [, name, value] = /^([A-Za-z_][\w.-]*)=(.*)$/s.exec(field) ?? []
      if (name !== undefined && value !== undefined && !attributes.has(name)) attributes.set(name, value.replaceAll('\\|', '|'))
    }
    records.push({ id, attributes })
  }
  return whole(records, true)
}

/** Of an answer that is cut, the last record may lack anything. */
export const whole = (records: readonly PbsRecord[], isWhole: boolean): PbsRecords => ({
  records: isWhole ? records : records.slice(0, -1),
  whole: isWhole,
})
