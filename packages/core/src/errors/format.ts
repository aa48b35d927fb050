import { isChoraleError, type ErrorDetails } from '../contracts/index.js'

const LINES: readonly (readonly [label: string, read: (details: ErrorDetails) => string | undefined])[] = [
  ['asked for by', details => details.askedBy],
  ['looked in', details => details.lookedIn],
  ['available', details => details.available?.join(', ')],
  ['fix', details => details.fix],
]

/** Terminal control characters never reach a terminal from a message that quotes foreign text. */
// eslint-disable-next-line no-control-regex -- these are the characters to remove
const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')

/** The text of an error for people: code, message, and a line each for what is known. */
export function formatError(error: unknown): string {
  if (!isChoraleError(error)) return printable(error instanceof Error ? (error.stack ?? error.message) : String(error))
  const known = LINES.flatMap(([label, read]) => {
    const value = read(error.details)
    return value === undefined || value === '' ? [] : [`  ${label.padEnd(13)} ${value}`]
  })
  const cause = error.details.cause
  const because = cause instanceof Error && !error.message.includes(cause.message) ? [`  ${'cause'.padEnd(13)} ${cause.message}`] : []
  return printable([`${error.code}  ${error.message}`, ...known, ...because].join('\n'))
}
