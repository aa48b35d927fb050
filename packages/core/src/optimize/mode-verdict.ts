import type { OptimizationSummary } from './optimization-schema.js'

/** What a run that looked for a mode has, in the place of a verdict on a posterior. */
export const modeVerdict = ({ isConverged }: Pick<OptimizationSummary, 'isConverged'>): string =>
  isConverged ? 'a mode, no posterior' : 'the highest point that was reached, no mode and no posterior'
