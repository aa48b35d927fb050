/** What the reference page says of a distribution; one entry beside each definition, collected in the catalogues. */
export interface FamilyEntry {
  /** Name of the function: `normal`. */
  readonly name: string
  /** Arguments in order. */
  readonly arguments: readonly string[]
  readonly summary: string
  /** Log density or mass in plain text. */
  readonly formula: string
  readonly support: string
  /** Names in other systems; undefined where they have none. */
  readonly stan?: string
  readonly numpyro?: string
  readonly pymc?: string
  /** Manual or paper that defines it. */
  readonly source: string
}
