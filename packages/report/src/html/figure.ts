import type { DataTable } from './data-table.js'
import { tableMarkup } from './data-table.js'
import { html, type Markup } from './markup.js'
import { draw, type Drawn, type PictureOptions, type Specks } from './plot.js'

/** Everything that a figure is made of. */
export interface FigureOptions extends Omit<PictureOptions, 'id'> {
  /** Which parameters it is about: the filter of the page finds it by them. */
  readonly parameters?: readonly string[]
  /** The numbers behind it; the readout of the page steps through its rows. */
  readonly table: DataTable
  /** Where each row of the table is, in the units of the axes; undefined for a row that is nowhere. */
  readonly places?: readonly (readonly [x: number | string, y: number | string] | undefined)[]
  readonly specks?: readonly Specks[]
  /** Under the picture. */
  readonly note?: string
  readonly wide?: boolean
}

type Places = readonly (readonly [x: number, y: number] | 0)[]

/** Gives figures their numbers, and collects where the rows of their tables are. */
export class Figures {
  #places: Readonly<Record<string, Places>> = {}
  #count = 0

  /** By figure: pixels of its picture for each row of its table. */
  get places(): Readonly<Record<string, Places>> {
    return this.#places
  }

  figure({ table, places, parameters, specks, note, wide, ...picture }: FigureOptions): Markup {
    const id = `f${++this.#count}`
    const drawn = draw({ ...picture, id }, specks)
    if (places) this.#places = { ...this.#places, [id]: places.map(place => (place ? onPicture(drawn, place) : 0)) }
    return html`<figure id="${id}" class="${wide ? 'wide' : ''}" data-parameters="${JSON.stringify(parameters ?? [])}">
      <figcaption>${picture.title}</figcaption>
      ${drawn.svg} ${note !== undefined && html`<p class="note">${note}</p>`}
      <details>
        <summary>Data<span class="unseen"> of ${picture.title}</span></summary>
        ${tableMarkup(table, 'numbers')}
      </details>
    </figure>`
  }

  /** Forgets the figures in a part of the page that is left out. */
  leaveOut({ text }: Markup): void {
    const kept = Object.entries(this.#places).filter(([id]) => !text.includes(`<figure id="${id}"`))
    this.#places = Object.fromEntries(kept)
  }
}

function onPicture({ x, y }: Drawn, [a, b]: readonly [number | string, number | string]): readonly [number, number] | 0 {
  const [left, top] = [x(a), y(b)]
  return Number.isFinite(left) && Number.isFinite(top) ? [left, top] : 0
}
