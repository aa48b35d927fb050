import { isChoraleError } from '../contracts/error.js'
import { FAILED_RUN, RESOURCES, USAGE, WARNINGS } from './code-table.js'

/** What a process that ends with an error says to its caller. */
export const EXIT = { failedRun: 1, usage: 2, resources: 3 } as const

type Exit = (typeof EXIT)[keyof typeof EXIT]
type Codes = Readonly<Record<`CHORALE_${string}`, { readonly exit: Exit; readonly meaning: string }>>

const withExit = (exit: Exit, meanings: Readonly<Record<string, string>>): Codes =>
  Object.fromEntries(Object.entries(meanings).map(([code, meaning]) => [code, { exit, meaning }]))

/** Every code that our packages use, with its exit code and meaning; docs/errors.md is made from it. */
export const ERROR_CODES: Codes = {
  ...withExit(EXIT.usage, USAGE),
  ...withExit(EXIT.failedRun, FAILED_RUN),
  ...withExit(EXIT.resources, RESOURCES),
}

/** The exit code of an error: 1 for what is not ours, 2 for codes of third-party plugins. */
export function exitCodeOf(error: unknown): number {
  if (!isChoraleError(error)) return EXIT.failedRun
  return ERROR_CODES[error.code]?.exit ?? EXIT.usage
}

/** docs/errors.md. */
export function errorsMarkdown(): string {
  const line = (name: string, what: string, meaning: string): string => `- **\`${name}\`** (${what}). ${meaning}`
  const errors = Object.entries(ERROR_CODES)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { exit, meaning }]) => line(name, `exit ${exit}`, meaning))
  const warnings = Object.entries(WARNINGS).map(([name, meaning]) => line(name, 'warning', meaning))
  return `${INTRODUCTION}\n${[...errors, ...warnings].join('\n')}\n`
}

const INTRODUCTION = `# Errors

Every error that Chorale raises on purpose has a code that stays the same between versions. The message says what happened; the lines below it say what was
asked, where it was looked for, what exists, and the way out.

Exit codes of the command: 0 ok, 1 the run failed, 2 usage or settings, 3 resources, 4 still running, 130 interrupted (128 + signal).

## Codes
`
