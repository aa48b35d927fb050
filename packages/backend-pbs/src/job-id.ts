import type { JobAddress } from '@chorale/core/contracts'

/** A number, brackets where it is an array or an element of one, and the server. */
const ID = /^(\d+)(\[(\d*)\])?\.([A-Za-z0-9][A-Za-z0-9_.-]*)$/

/** `12.server` and `12[].server` are jobs, `12[3].server` is element 3 of the job `12[].server`. undefined for what is no whole id. */
export function addressOf(id: string): JobAddress | undefined {
  const [, number, brackets, index, server] = ID.exec(id) ?? []
  if (number === undefined) return undefined
  const job = `${number}${brackets === undefined ? '' : '[]'}.${server}`
  return index ? { job, index: Number(index) } : { job }
}

/** An id that a narrow table cut, such as `12[3].pbsho*`, whole again if the server's name begins like that. */
export function uncut(id: string, server: string | undefined): string | undefined {
  if (!id.endsWith('*')) return id
  const [, number, begin] = /^(\d+(?:\[\d*\])?)\.([^*]*)\*$/.exec(id) ?? []
  return number !== undefined && begin !== undefined && server?.startsWith(begin) ? `${number}.${server}` : undefined
}

/** As PBS's commands take it. An element that was named by itself needs no index. */
export const showAddress = ({ job, index }: JobAddress): string => (index === undefined ? job : job.replace('[]', `[${index}]`))

export const isArray = (job: string): boolean => job.includes('[]')

/** The last line that is an id and nothing else: sites print more. */
export const submittedId = (stdout: string): string | undefined =>
  stdout
    .split('\n')
    .map(line => line.trim())
    .findLast(line => ID.test(line))
