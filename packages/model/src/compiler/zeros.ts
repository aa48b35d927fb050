/** Adjoints start from zero. */

/** Statements that set ranges of adjoints to zero; adjacent ranges are one. */
export function zeros(ranges: readonly { readonly array: string; readonly offset: string; readonly size: number }[]): readonly string[] {
  const sorted = ranges
    .map(range => ({ ...range, start: Number(range.offset) }))
    .sort((a, b) => (a.array === b.array ? a.start - b.start : a.array < b.array ? -1 : 1))
  const merged: { array: string; start: number; end: number }[] = []
  for (const { array, start, size } of sorted) {
    const last = merged.at(-1)
    if (last !== undefined && last.array === array && last.end === start) last.end += size
    else merged.push({ array, start, end: start + size })
  }
  // Calling `fill` costs more than a few assignments.
  return merged.map(({ array, start, end }) =>
    end - start <= 64 ? `for (let i = ${start}; i < ${end}; i++) ${array}[i] = 0` : `${array}.fill(0, ${start}, ${end})`,
  )
}
