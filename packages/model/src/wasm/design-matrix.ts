/** A constant matrix, rows x columns: `values` row after row, or one vector a column, or columns wherever they lie. */
export type DesignMatrix =
  | { readonly layout: 'row-major'; readonly rows: number; readonly columns: number; readonly values: Float64Array }
  | { readonly layout: 'columns'; readonly rows: number; readonly columns: readonly Float64Array[] }
  | { readonly layout: 'views'; readonly rows: number; readonly columns: readonly ColumnView[] }

export const columnCount = (design: DesignMatrix): number => (design.layout === 'row-major' ? design.columns : design.columns.length)

/** One column of a matrix: the number of row i is `values[start + i * step]`. */
export interface ColumnView {
  readonly values: Float64Array
  readonly start: number
  readonly step: number
}

export function columnsOf(design: DesignMatrix): readonly ColumnView[] {
  switch (design.layout) {
    case 'views':
      return design.columns
    case 'columns':
      return design.columns.map(vectorColumn)
    case 'row-major':
      return Array.from({ length: design.columns }, (_, start) => ({ values: design.values, start, step: design.columns }))
  }
}

/** Rows `first` to `end - 1`, without a copy. */
export const rowsOfDesign = (design: DesignMatrix, first: number, end: number): DesignMatrix =>
  first === 0 && end === design.rows
    ? design
    : {
        layout: 'views',
        rows: end - first,
        columns: columnsOf(design).map(({ values, start, step }) => ({ values, start: start + first * step, step })),
      }

/** A vector as a column. */
export const vectorColumn = (values: Float64Array): ColumnView => ({ values, start: 0, step: 1 })
