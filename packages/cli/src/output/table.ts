/** Which columns hold numbers and are aligned to the right. */
export type Alignment = 'left' | 'right'

/** A table of text with a header line: columns as wide as their widest cell, two spaces between. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[], alignment: readonly Alignment[] = []): string {
  const widths = header.map((name, j) => Math.max(name.length, ...rows.map(row => (row[j] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, j) => (alignment[j] === 'right' ? (cells[j] ?? '').padStart(width) : (cells[j] ?? '').padEnd(width)))
      .join('  ')
      .trimEnd()
  return `${[line(header), ...rows.map(line)].join('\n')}\n`
}

/** The first rows, and where there are more a last one that says how many. */
export function firstRows(rows: readonly (readonly string[])[], limit: number): readonly (readonly string[])[] {
  return rows.length <= limit ? rows : [...rows.slice(0, limit), [`... ${rows.length - limit} more`]]
}
