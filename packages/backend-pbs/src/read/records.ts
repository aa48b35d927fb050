import { readJson } from './json-records.js'
import { readDsv, readText } from './text-records.js'
import { readXml } from './xml-records.js'
import type { PbsRecords } from './pbs-record.js'

/** Reads a full answer of qstat in whichever of its formats it is. Lines before it, such as what a site says to everybody, are left out. */
export function readRecords(text: string): PbsRecords {
  const begin = /^(\{|<\?xml|<Data>|Job Id:)/m.exec(text)
  if (!begin) return { records: [], whole: text.trim() === '' }
  const rest = text.slice(begin.index)
  if (rest.startsWith('{')) return readJson(rest)
  if (rest.startsWith('<')) return readXml(rest)
  return /^Job Id:[^\n|]*\|/.test(rest) ? readDsv(rest) : readText(rest)
}
