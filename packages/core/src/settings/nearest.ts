/**
 * Number of insertions, deletions, substitutions and swaps of neighbours that turn one word into the other, each part of a word edited at most once
 * (optimal string alignment). Source: Damerau (1964), "A technique for computer detection and correction of spelling errors".
 */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, j) => j)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const substitution = last[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      row.push(Math.min(substitution, last[j]! + 1, row[j - 1]! + 1, swapped ? beforeLast[j - 2]! + 1 : Infinity))
    }
    beforeLast = last
    last = row
  }
  return last[to.length]!
}

/** Case, `_` and `-` do not count: `Target_Accept` is near `targetAcceptProb`. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, '')

/**
 * The candidates that `name` may be a misspelling of, nearest first, at most three: those within a third of its length in edits, or that it is the
 * beginning of (three letters or more).
 */
export function nearest(name: string, candidates: Iterable<string>): readonly string[] {
  const wanted = plain(name)
  if (wanted === '') return []
  const limit = Math.max(1, Math.floor(wanted.length / 3))
  return [...new Set(candidates)]
    .map(candidate => ({ candidate, distance: editDistance(wanted, plain(candidate)), begins: plain(candidate).startsWith(wanted) }))
    .filter(({ distance, begins }) => distance <= limit || (begins && wanted.length >= 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}
