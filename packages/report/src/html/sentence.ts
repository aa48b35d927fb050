/** A first word of the language: one that is written alone or with hyphens, and of which a large first letter makes no other name. */
const FIRST_WORD = /^(?:a|[a-z]{2,}(?:-[a-z]+)*)(?=[,:;.]?(?:\s|$))/

/** With a large letter at the start. `names`: words that stay as they are, as parameters do. */
export function sentenceCase(text: string, names: ReadonlySet<string> = new Set()): string {
  const [word] = FIRST_WORD.exec(text) ?? []
  return word === undefined || names.has(word) ? text : text.charAt(0).toUpperCase() + text.slice(1)
}

/** With a large letter at the start and a full stop; names, and terms such as k-hat, stay as they are. */
export const sentence = (text: string, names: ReadonlySet<string> = new Set()): string =>
  sentenceCase(text, names) + (/[.!?]$/.test(text) || text === '' ? '' : '.')
