const cell = (text: string): string => text.replaceAll('|', '\\|')

/** A table with aligned columns. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, ...rows].map(line => line.map(cell))
  const widths = heads.map((_, k) => Math.max(3, ...lines.map(line => line[k].length)))
  const written = lines.map(line => `| ${line.map((text, k) => text.padEnd(widths[k])).join(' | ')} |`)
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`
  return [written[0], rule, ...written.slice(1)].join('\n')
}

export const code = (text: string): string => `\`${text}\``
