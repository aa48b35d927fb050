import { functionsCatalog, type FunctionEntry } from '../expression/functions-catalog.js'

interface FunctionGroup {
  readonly title: string
  readonly functions: readonly FunctionEntry[]
}

/** Titles of the reference page, and the first function of each group in the order of the catalogue. */
const titles: readonly (readonly [title: string, first: string])[] = [
  ['Arithmetic', 'add'],
  ['Exponentials and logarithms', 'exp'],
  ['Angles and shapes of curves', 'abs'],
  ['Special functions', 'lgamma'],
  ['Comparisons', 'minimum'],
  ['Sums and means', 'sum'],
  ['Vectors and matrices', 'concatenate'],
  ['Loops over time', 'scan'],
  ['Linear algebra', 'dot'],
]

/** Functions that the package exports under another name, because a distribution has theirs. */
const publicNames: Readonly<Record<string, string>> = { logistic: 'inverseLogit' }

const published = (entry: FunctionEntry): FunctionEntry => {
  const name = publicNames[entry.name] ?? entry.name
  return { ...entry, name, signature: `${name}${entry.signature.slice(entry.name.length)}` }
}

/** Every function of the language, in the order of the reference page, by the names that the package exports. */
export const functionGroups: readonly FunctionGroup[] = titles.map(([title, first], k) => {
  const place = (name: string | undefined): number => functionsCatalog.findIndex(entry => entry.name === name)
  const end = titles[k + 1]?.[1]
  return { title, functions: functionsCatalog.slice(place(first), end === undefined ? undefined : place(end)).map(published) }
})
