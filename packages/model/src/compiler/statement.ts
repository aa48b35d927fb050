/** A piece of the compiled function. */

export interface Statement {
  readonly code: string
  /** Variables of the function that it declares. */
  readonly defines: readonly string[]
}
