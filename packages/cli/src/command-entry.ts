import { realpathSync } from 'node:fs'

/** The absolute path of the command that runs: what a job executes to do the same on a node. */
export const commandEntry = (): string => realpathSync(process.argv[1]!)
