import { whole } from './text-records.js'
import type { PbsRecord, PbsRecords } from './pbs-record.js'

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const plain = (text: string): string => text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name]!)

/** Reads TORQUE's `qstat -x`: `<Data><Job><Job_Id>...</Job_Id>...`, in which an attribute is text or a list of such. No other XML is meant. */
export function readXml(text: string): PbsRecords {
  const records: PbsRecord[] = []
  for (const [, job = ''] of text.matchAll(/<Job>(.*?)<\/Job>/gs)) {
    const attributes = new Map<string, string>()
    for (const [, name = '', content = ''] of job.matchAll(/<([A-Za-z_]\w*)>(.*?)<\/\1>/gs)) {
      const parts = [...content.matchAll(/<([A-Za-z_]\w*)>(.*?)<\/\1>/gs)]
      if (parts.length === 0) attributes.set(name, plain(content))
      for (const [, part = '', value = ''] of parts) attributes.set(`${name}.${part}`, plain(value))
    }
    const id = attributes.get('Job_Id')
    if (id !== undefined) records.push({ id, attributes })
  }
  const isWhole = text.trim() === '' || text.trimEnd().endsWith('</Data>')
  // A job that is cut has no end tag, so that it is not among them.
  return { ...whole(records, true), whole: isWhole }
}
