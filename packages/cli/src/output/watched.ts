import type { Watched } from '@chorale/core'

import { formatCount } from './number.js'

/** How far a run is, for whoever reads along: one line. */
export function watchedText({ driver, chains }: Watched): string {
  const who = driver ? `process ${driver.pid} on ${driver.host}` : 'nobody drives it'
  const uncounted = chains.ended - chains.finished
  const ended = uncounted > 0 ? `, ${formatCount(uncounted)} more ended` : ''
  return `${who}: ${formatCount(chains.finished)} of ${formatCount(chains.planned)} chains finished${ended}`
}
