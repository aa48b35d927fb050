const WIDTH = 80
const LABEL_WIDTH = 9

/** Stands for a space at which a line is not broken. */
export const TIE = '\u00a0'

/** `Verdict  exact`: a label, and text broken at spaces so that no line is wider than 80 columns; a longer word stays whole. */
export function labelled(label: string, text: string): string {
  const indent = Math.max(LABEL_WIDTH, label.length + 1)
  const lines = text.split(' ').reduce<string[]>((done, word) => {
    const last = done.at(-1)
    if (last === undefined || indent + last.length + 1 + word.length > WIDTH) return [...done, word]
    return [...done.slice(0, -1), `${last} ${word}`]
  }, [])
  return lines.map((line, i) => `${(i === 0 ? label : '').padEnd(indent)}${line.replaceAll(TIE, ' ')}`).join('\n')
}
