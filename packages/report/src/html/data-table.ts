import { html, type Content, type Markup } from './markup.js'

/** A table: the first column of each row is its heading. */
export interface DataTable {
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
}

const cells = (row: readonly (string | number)[]): Content =>
  row.map((cell, k) => (k === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))

/** In a box that scrolls where the table is wider than the page, also by the keyboard. */
export const tableMarkup = ({ caption, columns, rows }: DataTable, kind = ''): Markup =>
  html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}">
    <table class="${kind}">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map(column => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          row =>
            html`<tr>
              ${cells(row)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
