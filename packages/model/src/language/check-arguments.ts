import { ChoraleError } from '@chorale/core/contracts'

import type { Distribution, Domain } from '../distributions/distribution.js'
import { eventSize } from '../graph/shape.js'
import { allFinite } from './checked-column.js'
import { placeOf, type Trace } from './trace.js'

/** Rounding of the sum of a vector of probabilities. */
const SUM_TOLERANCE = 1e-8

const numbers: Readonly<Partial<Record<Domain, readonly [words: string, holds: (x: number) => boolean]>>> = {
  positive: ['a positive number', x => x > 0],
  'positive vector': ['positive', x => x > 0],
  nonnegative: ['a number from 0', x => x >= 0],
  probability: ['a probability, from 0 to 1', x => x >= 0 && x <= 1],
  simplex: ['probabilities that sum to 1', x => x >= 0 && x <= 1],
  count: ['a whole number from 0', x => Number.isInteger(x) && x >= 0],
}

/** Refuses arguments that are known when the model is bound and lie outside of their domain. Throws CHORALE_MODEL_PARAMETER with the site's name. */
export function checkArguments(trace: Trace, site: string, distribution: Distribution): void {
  for (const [name, { node }] of Object.entries(distribution.arguments)) {
    if (node.op !== 'constant') continue
    const [words, holds] = numbers[distribution.domains[name]] ?? ['a finite number', Number.isFinite]
    const isBound = name === 'lower' || name === 'upper'
    const isAllowed = (x: number): boolean => (holds(x) && Number.isFinite(x)) || (isBound && Math.abs(x) === Infinity)
    const { values } = node
    const bad = numbers[distribution.domains[name]] === undefined && allFinite(values) ? -1 : values.findIndex(x => !isAllowed(x))
    if (bad >= 0) throw argumentError(site, distribution, name, `${node.values[bad]}${placeOf(trace, node.shape, bad)}`, words)
    if (distribution.domains[name] === 'simplex') {
      const width = eventSize(node.shape.event)
      for (let at = 0; at < node.values.length; at += width) {
        const total = node.values.subarray(at, at + width).reduce((sum, x) => sum + x, 0)
        if (Math.abs(total - 1) > SUM_TOLERANCE) {
          const place = placeOf(trace, { plates: node.shape.plates, event: [] }, at / width)
          throw argumentError(site, distribution, name, `a vector with sum ${total}${place}`, words)
        }
      }
    }
  }
}

function argumentError(site: string, distribution: Distribution, argument: string, found: string, words: string): ChoraleError {
  return new ChoraleError(
    'CHORALE_MODEL_PARAMETER',
    `Site "${site}": the argument ${argument} of ${distribution.name} is ${found}, and must be ${words}`,
    {
      fix: `correct ${argument}, or the data that it is computed from`,
    },
  )
}
