import { join } from 'node:path'

import { resultsDirectory } from '../run-directory/layout.js'

/** The sampler whose one draw is a mode, and the name of its results. */
export const OPTIMIZE = 'optimize'

/** Where the result is. */
export const modeFile = (run: string): string => join(resultsDirectory(run, OPTIMIZE), 'summary.json')
