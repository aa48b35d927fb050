/** A line of the table that qstat prints. */
export interface TableRow {
  /** As printed; ends with `*` where it was cut. */
  readonly id: string
  readonly name: string
  readonly letter: string
  readonly queue: string
}

export interface TableAnswer {
  readonly rows: readonly TableRow[]
  /** Lines that are no row. */
  readonly strange: readonly string[]
}

const ROW = /^(\d+(?:\[\d*\])?\S*)\s+(\S.*?)\s+\S+\s+\S+\s+([A-Z])\s+(\S+)\s*$/
const HEADING = /^\s*(Job id|Job ID|-{5,})/

/** Reads the table of qstat in any width; names may have blanks. Lines before the heading are what the site says to everybody. */
export function readTable(text: string): TableAnswer {
  const rows: TableRow[] = []
  const strange: string[] = []
  let begun = false
  for (const line of text.split('\n')) {
    if (HEADING.test(line)) {
      begun = true
      continue
    }
    if (!begun || line.trim() === '') continue
    const [, id, name, letter, queue] = ROW.exec(line) ?? []
    if (id === undefined || name === undefined || letter === undefined || queue === undefined) strange.push(line)
    else rows.push({ id, name, letter, queue })
  }
  // A server without our jobs prints nothing at all: words without a table are no answer.
  const words = text.trim()
  return { rows, strange: begun || words === '' ? strange : [words.split('\n')[0]!] }
}
