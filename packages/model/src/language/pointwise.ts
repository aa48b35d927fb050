import { elementwise, reshape, sum } from '../graph/build.js'
import type { Node } from '../graph/node.js'
import { sameEvent } from '../graph/shape.js'
import type { ObservedSite } from './site.js'
import type { Trace } from './trace.js'

/**
 * The log likelihood of each row, an array over the rows: the sum over the observed sites. undefined if there is none, or one of the sites cannot be told
 * apart by rows, such as a multivariate normal over all of them.
 *
 * Of a time series, where rows are elements of one vector and each has a density given those before, it is this conditional density.
 */
export function pointwiseNode(trace: Trace): Node | undefined {
  const perSite = trace.sites.filter(site => site.kind === 'observed').map(site => perRow(trace, site))
  if (perSite.length === 0 || !perSite.every(node => node !== undefined)) return undefined
  return perSite.reduce((total, node) => elementwise('add', [total, node]))
}

function perRow(trace: Trace, { logLikelihood, plates, event, distribution }: ObservedSite): Node | undefined {
  const { rows } = trace.plates
  if (plates.includes(rows)) return sum(logLikelihood, { plates: plates.filter(plate => plate !== rows), event: true })
  const isSeries = plates.length === 0 && distribution.event.length === 0 && sameEvent(event, [rows.size])
  return isSeries ? reshape(logLikelihood, { plates: [rows], event: [] }) : undefined
}
