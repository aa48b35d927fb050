import { ChoraleError, type ErrorDetails } from '../contracts/index.js'

/** What is wrong with one setting. `path` is as the user wrote it. */
export type SettingsIssue = {
  readonly path: string
  /** Settings file, flag or variable. */
  readonly origin: string
} & (
  | { readonly kind: 'unknown'; readonly nearest: readonly string[]; readonly known: readonly string[] }
  | { readonly kind: 'invalid'; readonly value: unknown; readonly allowed: string }
  | { readonly kind: 'missing'; readonly allowed: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'conflict'; readonly other: string; readonly otherOrigin: string; readonly values: readonly [unknown, unknown] }
  | { readonly kind: 'unsupported'; readonly reason: string; readonly fix: string }
)

function json(value: unknown): string {
  try {
    return (JSON.stringify(value) as string | undefined) ?? String(value)
  } catch {
    return 'an object that refers to itself'
  }
}

/** A value as it may stand in a message: short, on one line. */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) return String(value)
  const text = json(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

function sentence(issue: SettingsIssue): string {
  switch (issue.kind) {
    case 'unknown':
      return `there is no such setting${issue.nearest.length > 0 ? `; did you mean ${issue.nearest.map(name => `"${name}"`).join(' or ')}?` : ''}`
    case 'invalid':
      return `${show(issue.value)} is not allowed, must be ${issue.allowed}`
    case 'missing':
      return `is missing, must be ${issue.allowed}`
    case 'refused':
      return issue.reason
    case 'conflict':
      return `${show(issue.values[1])} and ${issue.other} (${issue.otherOrigin}) ${show(issue.values[0])} are the same setting with two values`
    case 'unsupported':
      return `is not supported. ${issue.reason}`
  }
}

const CODES = {
  unknown: 'CHORALE_SETTINGS_UNKNOWN_KEY',
  invalid: 'CHORALE_SETTINGS_INVALID',
  missing: 'CHORALE_SETTINGS_INVALID',
  refused: 'CHORALE_SETTINGS_INVALID',
  conflict: 'CHORALE_SETTINGS_INVALID',
  unsupported: 'CHORALE_SETTINGS_UNSUPPORTED',
} as const

function wayOut(issue: SettingsIssue): ErrorDetails {
  if (issue.kind === 'unknown') {
    const [first] = issue.nearest
    return {
      available: issue.nearest.length > 0 ? issue.nearest : issue.known,
      ...(first ? { fix: `write "${first}" instead of "${issue.path.split('.').at(-1)!}"` } : {}),
    }
  }
  if (issue.kind === 'unsupported') return { fix: issue.fix }
  if (issue.kind === 'conflict') return { fix: `keep one of ${issue.other} and ${issue.path}` }
  return {}
}

/** One error for all issues, in their order; its code and way out are those of the first. */
export function settingsError(issues: readonly SettingsIssue[]): ChoraleError {
  const first = issues[0]!
  const lines = issues.map(issue => {
    const fix = issue.kind === 'unsupported' && issues.length > 1 ? ` ${issue.fix}` : ''
    return `${issue.path} (${issue.origin}): ${sentence(issue)}${fix}`
  })
  const message = lines.length === 1 ? lines[0]! : `${lines.length} settings are wrong:\n${lines.map(line => `  ${line}`).join('\n')}`
  return new ChoraleError(CODES[first.kind], message, { askedBy: `${first.origin}: ${first.path}`, ...wayOut(first) })
}
