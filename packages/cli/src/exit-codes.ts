/** Tasks go on. */
export const STILL_RUNNING = 4
