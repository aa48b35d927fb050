import { parseHTML } from 'linkedom'

/** What is used of an element. */
export interface Element {
  readonly textContent: string
  readonly outerHTML: string
  getAttribute(name: string): string | null
  querySelector(selector: string): Element | null
  querySelectorAll(selector: string): Iterable<Element>
}

export const parsed = (page: string): Element => parseHTML(page).document as unknown as Element

export const all = (within: Element, selector: string): readonly Element[] => [...within.querySelectorAll(selector)]

export const words = (element: Element | null | undefined): string => (element?.textContent ?? '').replaceAll(/\s+/g, ' ').trim()

/** The figure with this caption. */
export function figureNamed(document: Element, caption: string): Element {
  const found = all(document, 'figure').find(figure => words(figure.querySelector('figcaption')) === caption)
  if (!found) throw new Error(`no figure "${caption}" among ${all(document, 'figcaption').map(words).join(' | ')}`)
  return found
}

/** Cells of the rows of a table's body. */
export const rowsOf = (within: Element): readonly (readonly string[])[] => all(within, 'tbody tr').map(row => all(row, 'th, td').map(words))

export const section = (document: Element, heading: string): Element => {
  const found = all(document, 'section').find(own => words(own.querySelector('h2')) === heading)
  if (!found) throw new Error(`no section "${heading}"`)
  return found
}
