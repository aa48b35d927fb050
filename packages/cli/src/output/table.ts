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

const WIDTH = 80
/** Text in narrower columns cannot be read. */
const NARROWEST = 24

/** Rows whose last cell is prose, broken at spaces so that the table is at most 80 columns wide; the lines after the first have empty cells before it. */
export function wrapLastColumn(header: readonly string[], rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const before = header.slice(0, -1)
  const taken = before.reduce((sum, name, j) => sum + 2 + Math.max(name.length, ...rows.map(row => (row[j] ?? '').length)), 0)
  const width = Math.max(NARROWEST, WIDTH - taken)
  const blank = before.map(() => '')
  return rows.flatMap(row => {
    const [first = '', ...others] = brokenLines(row[before.length] ?? '', width)
    return [[...row.slice(0, before.length), first], ...others.map(line => [...blank, line])]
  })
}

function brokenLines(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
