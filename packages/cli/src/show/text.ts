import type { ParameterSummary } from '@chorale/core'

import { BINS, type DescribedDraws, type DescribedElement } from './describe-draws.js'
import { drawHistogram, smoothed } from './histogram.js'
import { printable } from '../output/printable.js'

/** Widest line that is printed. */
export const WIDTH = 80
const DENSITY_LINES = 5

/** Letters that terminals show two columns wide: those of East Asian scripts, and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

const columnsOf = (letters: readonly string[]): number => letters.reduce((total, letter) => total + (WIDE.test(letter) ? 2 : 1), 0)

/** To so many columns at most, the last one a sign that there was more. */
function cut(text: string, width: number): string {
  const letters = [...printable(text)]
  if (columnsOf(letters) <= width) return letters.join('')
  while (columnsOf(letters) > width - 1) letters.pop()
  return `${letters.join('')}…`
}

const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - columnsOf([...text])))

/** To four digits, at most ten characters. */
export function shortNumber(value: number | null): string {
  if (value === null) return '-'
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size < 1e-3 || size >= 1e6) return value.toExponential(2)
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(size)))))
}

const count = (value: number | null): string => (value === null ? '-' : String(Math.round(value)))
const ratio = (value: number | null): string => (value === null ? '-' : value.toFixed(3))

const COLUMNS: readonly (readonly [title: string, width: number, read: (row: ParameterSummary) => string])[] = [
  ['mean', 10, row => shortNumber(row.mean)],
  ['sd', 9, row => shortNumber(row.sd)],
  ['5 %', 10, row => shortNumber(row.q5)],
  ['median', 10, row => shortNumber(row.q50)],
  ['95 %', 10, row => shortNumber(row.q95)],
  ['ess', 6, row => count(row.essBulk)],
  ['rhat', 6, row => ratio(row.rhat)],
]
const NAME_WIDTH = WIDTH - COLUMNS.reduce((total, [, width]) => total + 1 + width, 0)

/** The table of results, at most so many rows of it. */
export function tableText(rows: readonly (readonly [name: string, row: ParameterSummary])[], limit: number): string {
  const line = (name: string, cells: readonly string[]): string =>
    `${padded(cut(name, NAME_WIDTH), NAME_WIDTH)}${cells.map((cell, k) => ` ${cell.padStart(COLUMNS[k]![1])}`).join('')}`
  const lines = rows.slice(0, limit).map(([name, row]) =>
    line(
      name,
      COLUMNS.map(([, , read]) => read(row)),
    ),
  )
  const more = rows.length > limit ? [`... ${rows.length - limit} more: name one, or --json for all`] : []
  return [
    line(
      '',
      COLUMNS.map(([title]) => title),
    ),
    ...lines,
    ...more,
    '',
  ].join('\n')
}

/** Names and values, at most so many of them. */
export function valuesText(rows: readonly (readonly [name: string, value: number | null])[], limit: number): string {
  const shown = rows.slice(0, limit).map(([name, value]): readonly [string, string] => [cut(name, WIDTH - 12), shortNumber(value)])
  const width = Math.max(0, ...shown.map(([name]) => columnsOf([...name])))
  const more = rows.length > limit ? [`... ${rows.length - limit} more: --json for all`] : []
  return [...shown.map(([name, value]) => `${padded(name, width)} ${value.padStart(10)}`), ...more, ''].join('\n')
}

/** Density and intervals of each element. */
export function drawsText({ elements, more, scale }: DescribedDraws): string {
  const note = scale === 'unconstrained' ? ['On the unconstrained scale: the run has no other values.', ''] : []
  const rest = more > 0 ? [`... ${more} more elements: name one, as in beta[2]`] : []
  return [...note, ...elements.flatMap(element => [...elementLines(element), '']), ...rest].join('\n') + (rest.length > 0 ? '\n' : '')
}

const INDENT = '  '

function elementLines(element: DescribedElement): readonly string[] {
  const { name, mean, sd, q5, q25, q50, q75, q95, essBulk, rhat, chains, draws, density } = element
  const heights = smoothed(density, { draws, spread: Math.min(sd, (q75 - q25) / 1.34) })
  const convergence = rhat === null ? '' : `, rhat ${ratio(rhat)}, ess ${count(essBulk)}`
  const from = shortNumber(density.from)
  return [
    cut(name, WIDTH),
    `${INDENT}mean ${shortNumber(mean)}, sd ${shortNumber(sd)}, median ${shortNumber(q50)}, 90 % in ${shortNumber(q5)} to ${shortNumber(q95)}`,
    `${INDENT}${draws} draws of ${chains} ${chains === 1 ? 'chain' : 'chains'}${convergence}`,
    ...drawHistogram(heights, DENSITY_LINES).map(line => `${INDENT}${line}`.trimEnd()),
    `${INDENT}${intervalLine(element)}`.trimEnd(),
    `${INDENT}${from}${shortNumber(density.to).padStart(BINS - from.length)}`,
  ]
}

/** Below the density: 90 % of the draws thin, 50 % thick, the median a dot. */
function intervalLine({ q5, q25, q50, q75, q95, density: { from, to } }: DescribedElement): string {
  const columnOf = (x: number): number => (to > from ? Math.max(0, Math.min(BINS - 1, Math.floor(((x - from) / (to - from)) * BINS))) : 0)
  const [low, lower, middle, upper, high] = [q5, q25, q50, q75, q95].map(columnOf) as [number, number, number, number, number]
  return Array.from({ length: BINS }, (_, k) => {
    if (k === middle) return '●'
    if (k >= lower && k <= upper) return '━'
    return k >= low && k <= high ? '─' : ' '
  }).join('')
}
