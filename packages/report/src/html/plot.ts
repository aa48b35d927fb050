import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'

import { Markup, visible } from './markup.js'

export * from '@observablehq/plot'

const { document } = parseHTML('<!doctype html><html><body></body></html>')

/** What is used of an SVG element that is in no browser. */
interface SvgElement {
  readonly outerHTML: string
  scale(name: string): { apply(value: unknown): number } | undefined
}

/** A picture, and where on it the values of its axes are. */
export interface Drawn {
  readonly svg: Markup
  /** NaN where a value has no place. */
  readonly x: (value: number | string) => number
  readonly y: (value: number | string) => number
}

export interface PictureOptions extends Plot.PlotOptions {
  /** Shown in place of the picture where it cannot be seen, and by tooltips: a few words. */
  readonly title: string
  /** What it shows, in a sentence or two. */
  readonly description: string
  /** Unique in the page. */
  readonly id: string
}

/** Points that are too many for elements of their own: one path of dots, or of crosses, over the picture. */
export interface Specks {
  readonly className: string
  readonly shape: 'dot' | 'cross'
  readonly points: readonly (readonly [x: number, y: number])[]
}

/** Draws a picture by Observable Plot, as an image with a name and a description. */
export function draw({ title, description, id, ...options }: PictureOptions, specks: readonly Specks[] = []): Drawn {
  const svg = Plot.plot({
    document: document as unknown as NonNullable<Plot.PlotOptions['document']>,
    width: 340,
    height: 180,
    marginLeft: 48,
    style: { fontSize: '11px' } as NonNullable<Plot.PlotOptions['style']>,
    ...options,
  }) as unknown as SvgElement
  const scale = (name: 'x' | 'y') => {
    const found = svg.scale(name)
    return (value: number | string): number => (found ? rounded(Number(found.apply(value))) : NaN)
  }
  const [x, y] = [scale('x'), scale('y')]
  const over = specks.map(({ className, shape, points }) => {
    const path = points.map(([a, b]) => `M${x(a)},${y(b)}${shape === 'dot' ? 'h0' : 'm-2-2l4 4m0-4l-4 4'}`).join('')
    return `<path class="${className} ${shape}" d="${path}"/>`
  })
  const named = `<title id="${id}-t">${plain(title)}</title><desc id="${id}-d">${plain(description)}</desc>`
  const open = `<svg role="img" aria-labelledby="${id}-t ${id}-d" `
  return {
    svg: new Markup(
      slim(svg.outerHTML)
        .replace(/^<svg ([^>]*)>/, `${open}$1>${named}`)
        .replace(/<\/svg>$/, `${over.join('')}</svg>`),
    ),
    x,
    y,
  }
}

const rounded = (value: number): number => Math.round(10 * value) / 10

const plain = (text: string): string => visible(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Without what the page's own styles say, labels inside of an image, and digits that nobody sees. Text is not touched: numbers are in attributes only. */
function slim(svg: string): string {
  return svg
    .replaceAll(/<style>[\s\S]*?<\/style>/g, '')
    .replaceAll(/ aria-(?:label|hidden|description)="[^"]*"/g, '')
    .replaceAll(/ (?:text-anchor="middle"|font-size="10"|font-family="system-ui, sans-serif"|class="plot-[a-z0-9]+")/g, '')
    .replaceAll(
      / (d|transform|x|y|x1|x2|y1|y2|cx|cy|width|height)="([^"<>]*)"/g,
      (_, name: string, value: string) => ` ${name}="${value.replaceAll(/-?\d+\.\d+/g, digits => String(rounded(Number(digits))))}"`,
    )
}
