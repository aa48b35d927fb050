import type { CheckReport } from '../src/index.js'

/** Names of the checks that failed. */
export const failuresOf = ({ checks }: CheckReport): readonly string[] =>
  checks.filter(({ status }) => status === 'failed').map(({ name }) => name)
