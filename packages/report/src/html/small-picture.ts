import { escaped, Markup } from './markup.js'
import { shortNumber } from './number-text.js'

/** Of the place where curves are, in the units of the picture. */
const [WIDTH, HEIGHT] = [240, 64]
const LEFT = 52

export interface SmallLine {
  /** Heights at evenly spaced places from the left end to the right one. */
  readonly values: readonly number[]
  readonly className: string
}

export interface SmallPictureOptions {
  readonly title: string
  readonly description: string
  readonly lines: readonly SmallLine[]
  /** Behind the lines. */
  readonly band?: { readonly lower: readonly number[]; readonly upper: readonly number[] }
  /** What curves are of, below the middle of the horizontal axis. */
  readonly label: string
  /** At both ends of the horizontal axis. */
  readonly ends: readonly [string, string]
}

/** To three digits: there is room for no more. */
const endText = (value: number): string => shortNumber(Number(value.toPrecision(3)))

/** A picture of few bytes, for hundreds of them in a page: curves between their least and their largest value, both written beside the axis. */
export function smallPicture({ title, description, lines, band, label, ends }: SmallPictureOptions): Markup {
  const all = [...lines.flatMap(({ values }) => values), ...(band ? [...band.lower, ...band.upper] : [])].filter(Number.isFinite)
  const [low, high] = [all.reduce((a, b) => Math.min(a, b), Infinity), all.reduce((a, b) => Math.max(a, b), -Infinity)]
  const y = (value: number): number => (high > low ? Math.round((10 * HEIGHT * (high - value)) / (high - low)) / 10 : HEIGHT / 2)
  const x = (at: number, count: number): number => LEFT + Math.round((10 * WIDTH * at) / Math.max(1, count - 1)) / 10
  const path = (values: readonly number[]): string =>
    values
      .map((value, k) => (Number.isFinite(value) ? `${x(k, values.length)},${y(value)}` : ''))
      .join(' ')
      .trim()
  const back = band ? [...band.upper].map((value, k) => `${x(k, band.upper.length)},${y(value)}`) : []
  const forth = band ? [...band.lower].map((value, k) => `${x(k, band.lower.length)},${y(value)}`).reverse() : []
  const text = (at: string, anchor: 'start' | 'middle' | 'end', content: string): string =>
    `<text ${at} text-anchor="${anchor}">${escaped(content)}</text>`
  return new Markup(
    `<svg class="small" role="img" aria-label="${escaped(`${title}: ${description}`)}" viewBox="0 0 ${LEFT + WIDTH + 4} ${HEIGHT + 18}" width="${LEFT + WIDTH + 4}" height="${HEIGHT + 18}">` +
      (band ? `<polygon class="band" points="${[...back, ...forth].join(' ')}"/>` : '') +
      lines.map(({ values, className }) => `<polyline class="${className}" points="${path(values)}"/>`).join('') +
      text(`x="${LEFT - 4}" y="9"`, 'end', endText(high > low ? high : low)) +
      (high > low ? text(`x="${LEFT - 4}" y="${HEIGHT}"`, 'end', endText(low)) : '') +
      text(`x="${LEFT}" y="${HEIGHT + 14}"`, 'start', ends[0]) +
      text(`x="${LEFT + WIDTH / 2}" y="${HEIGHT + 14}"`, 'middle', label) +
      text(`x="${LEFT + WIDTH}" y="${HEIGHT + 14}"`, 'end', ends[1]) +
      '</svg>',
  )
}
