import { ChoraleError, type DataRequest } from '@chorale/core/contracts'
import { distance } from 'fastest-levenshtein'
import { quoted } from './quoted.js'
import { requestedColumns } from './table-builder.js'

/**
 * Where the requested columns are among those that exist, in the order of the request.
 *
 * Throws CHORALE_DATA_COLUMN_UNKNOWN for a requested column or a factor that does not exist, with the existing ones, nearest name first,
 * and CHORALE_DATA_COLUMN_AMBIGUOUS for a requested column whose name occurs twice. A factor that exists but is not requested is not read.
 */
export function locateColumns(request: DataRequest, existing: readonly string[], lookedIn: string, hint?: string): number[] {
  for (const name of request.columns) requireKnown(name, 'data.columns', existing, lookedIn, hint)
  for (const name of request.factors) requireKnown(name, 'data.factors', existing, lookedIn, hint)
  return requestedColumns(request).map(name => {
    const position = existing.indexOf(name)
    const second = existing.indexOf(name, position + 1)
    if (second < 0) return position
    throw new ChoraleError(
      'CHORALE_DATA_COLUMN_AMBIGUOUS',
      `Column ${quoted(name)} exists twice: as column ${position + 1} and as column ${second + 1}.`,
      { lookedIn, fix: 'give one of them another name' },
    )
  })
}

function requireKnown(name: string, askedBy: string, existing: readonly string[], lookedIn: string, hint: string | undefined): void {
  if (existing.includes(name)) return
  const available = nearestFirst(name, existing)
  throw new ChoraleError('CHORALE_DATA_COLUMN_UNKNOWN', `There is no column ${quoted(name)}.`, {
    askedBy,
    lookedIn,
    available,
    ...(hint === undefined ? {} : { fix: hint }),
  })
}

/** Names by edit distance, upper and lower case alike (Levenshtein 1966); equally near ones stay in order. */
export const nearestFirst = (name: string, existing: readonly string[]): string[] =>
  [...existing].sort((a, b) => distance(name.toLowerCase(), a.toLowerCase()) - distance(name.toLowerCase(), b.toLowerCase()))
