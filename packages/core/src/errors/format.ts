import { isChoraleError, type ErrorDetails } from '../contracts/error.js'

/** Width of the column of labels. */
const LABEL = 14

const LINES: readonly (readonly [label: string, read: (details: ErrorDetails) => string | undefined])[] = [
  ['asked for by', details => details.askedBy],
  ['looked in', details => details.lookedIn],
  ['available', details => details.available?.join(', ')],
  ['fix', details => details.fix],
]

/** Terminal control characters never reach a terminal from a message that quotes foreign text. */
// eslint-disable-next-line no-control-regex -- these are the characters to remove
export const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')

/** The text of an error for people: code, message, and a line each for what is known. */
export function formatError(error: unknown): string {
  if (!isChoraleError(error)) return printable(error instanceof Error ? (error.stack ?? error.message) : String(error))
  const known = LINES.flatMap(([label, read]) => {
    const value = read(error.details)
    return value === undefined || value === '' ? [] : [`  ${label.padEnd(LABEL)} ${value}`]
  })
  const cause = error.details.cause
  const reason = cause === undefined ? '' : cause instanceof Error ? cause.message : String(cause)
  const because = error.message.includes(reason) ? [] : [`  ${'cause'.padEnd(LABEL)} ${reason}`]
  return printable([`${error.code}  ${error.message}`, ...known, ...because].join('\n'))
}
