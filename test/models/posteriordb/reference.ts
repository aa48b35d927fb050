import { existsSync, readFileSync } from 'node:fs'

import type { Columns } from '@chorale/model'

import type { ReferenceMoments } from '../moment-scores.js'

/** Data and reference moments of posteriordb (Magnusson et al. 2024) lie beside the repository, not in it. */
const FOLDER = new URL('../../../../shared/golden/posteriordb/', import.meta.url)

export const isAvailable = existsSync(FOLDER)

/** Data of a Stan program: sizes, vectors and matrices by name. */
export type StanData = Readonly<Record<string, number | readonly number[] | readonly (readonly number[])[]>>

/** The vectors, as columns; sizes are dropped. */
export const vectorsOf = (data: StanData): Columns =>
  Object.fromEntries(Object.entries(data).filter((entry): entry is [string, number[]] => typeof entry[1] !== 'number'))

/** The columns of a matrix, as x1, x2, ... */
export const matrixColumns = (name: string, matrix: readonly (readonly number[])[]): Columns =>
  Object.fromEntries((matrix[0] ?? []).map((_, j) => [`${name}${j + 1}`, matrix.map(row => row[j]!)]))

interface Posterior {
  readonly data: StanData
  readonly params: Readonly<Record<string, ReferenceMoments>>
}

export function readPosterior(name: string): Posterior {
  const { data, reference } = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as {
    readonly data: StanData
    readonly reference: { readonly params: Posterior['params'] }
  }
  return { data, params: reference.params }
}
