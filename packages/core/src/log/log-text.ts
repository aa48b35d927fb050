import { printable } from '../errors/format.js'

const LEVELS: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' }

/** A line of a log as people read it: of a JSON record its time, level, message and fields; of anything else the line. Without control characters. */
export function logText(line: string): string {
  const record = parsed(line)
  if (!record) return printable(line)
  const { time, at, level, msg, message, line: said, type, ...fields } = record
  const when = typeof time === 'string' ? time : typeof at === 'number' ? timeText(at) : ''
  const named = typeof level === 'number' ? (LEVELS[level] ?? String(level)) : typeof level === 'string' ? level : ''
  const what = [msg, message, said, type].find(text => typeof text === 'string') as string | undefined
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return printable([when, named.padEnd(named === '' ? 0 : 5), what ?? '', ...rest].filter(part => part !== '').join(' ')).replace(
    /\n/g,
    ' ',
  )
}

/** Milliseconds since 1970 as a time; empty for what is none. */
export function timeText(at: number): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? '' : date.toISOString()
}

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}
