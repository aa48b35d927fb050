/** The lines of qstat: a job, an array as a whole, an element of one. */
import { elementId } from '../job-environment.mjs'

/** `12`, `12[]`, `12[3]`, each with or without `.server`: `{ seq, brackets, index }`, or undefined for what is no id. */
export function readId(text) {
  const [, seq, brackets, index] = /^(\d+)(\[(\d*)\])?(?:\.[\w.-]+)?$/.exec(text) ?? []
  if (seq === undefined) return undefined
  return { seq: Number(seq), brackets: brackets !== undefined, ...(index ? { index: Number(index) } : {}) }
}

export const hasEnded = job => job.elements.every(element => element.state === 'F')
export const endOf = job => Math.max(...job.elements.map(({ endedAt, queuedAt }) => endedAt ?? queuedAt))

/** Whether the server still knows of this job. */
export function isKnown(state, switches, job) {
  if (job.purged) return false
  if (!hasEnded(job)) return true
  const since = state.secondsSince(endOf(job))
  return switches.history ? since < switches.historySeconds : since < 1
}

export const wholeRow = job => (job.array ? parentRow(job) : elementRow(job, job.elements[0]))

/** An ended element of an array is X as long as the array lives. */
export function elementRow(job, element) {
  const ended = element.state === 'F'
  const letter = ended && job.array && !hasEnded(job) ? 'X' : element.state
  return {
    id: elementId(job, element),
    job,
    element,
    letter,
    name: job.name,
    seconds: element.used?.cpuSeconds ?? 0,
    started: element.stime !== undefined,
  }
}

function parentRow(job) {
  const begun = job.elements.some(element => element.runCount > 0)
  const held = job.elements.every(element => element.state === 'H')
  const letter = hasEnded(job) ? 'F' : begun ? 'B' : held ? 'H' : 'Q'
  return { id: job.id, job, letter, name: job.name, seconds: 0, started: false }
}

export const rowsOf = (job, expand) => [
  wholeRow(job),
  ...(expand && job.array ? job.elements.map(element => elementRow(job, element)) : []),
]

const cut = (text, width) => (text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}*`)
export const cell = cut
