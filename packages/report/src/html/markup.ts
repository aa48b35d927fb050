/** Text that is safe to stand in a page as it is. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a template takes: text, which is escaped, markup, and lists of both. Nothing is written for undefined and false. */
export type Content = Markup | string | number | undefined | false | readonly Content[]

// eslint-disable-next-line no-control-regex -- these are the characters to replace
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/gu

/** Names come from models and data: what a page cannot hold, and what reverses the text after it, is shown as a sign for it. */
export const visible = (text: string): string => text.replaceAll(INVISIBLE, '\u{fffd}')

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text for an element or an attribute in quotes. */
export const escaped = (text: string): string => visible(text).replaceAll(/[&<>"']/g, letter => ENTITIES[letter]!)

/** A tag for templates of HTML: every value is escaped unless it is markup itself. Attributes must be in quotes. */
export const html = (strings: readonly string[], ...values: readonly Content[]): Markup =>
  new Markup(strings.map((literal, k) => literal + (k < values.length ? rendered(values[k]) : '')).join(''))

function rendered(content: Content): string {
  if (content === undefined || content === false) return ''
  if (content instanceof Markup) return content.text
  if (typeof content === 'object') return content.map(rendered).join('')
  return escaped(String(content))
}

/** A value as JSON inside of a script element: no text in it can end the element. */
export const jsonForScript = (value: unknown): Markup => new Markup(JSON.stringify(value).replaceAll('<', '\\u003c'))
