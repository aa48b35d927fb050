import { ChoraleError } from '@chorale/core/contracts'

import type { Value } from '../expression/value.js'
import { literalOf } from '../graph/build.js'
import { describeSupport } from '../supports/support.js'
import { argumentsWithin } from './arguments-within.js'
import type { Distribution } from './distribution.js'

/** Throws CHORALE_MODEL_COUNTS unless the distribution is one of whole numbers from 0. */
export function requireCounts(what: string, { name, support }: Distribution): void {
  if (support.kind === 'integers' && support.lower !== undefined && literalOf(support.lower.node) === 0) return
  throw new ChoraleError(
    'CHORALE_MODEL_COUNTS',
    `${what}(${name}(...)): the support of ${name} (${describeSupport(support)}) is not the whole numbers from 0`,
    {
      fix: 'use a distribution of counts, such as poisson(rate) or negativeBinomial2(mean, concentration)',
    },
  )
}

/** Arguments of a distribution behind a gate: the gate, and those of the distribution under its name. */
export function gatedArguments(gate: Value, distribution: Distribution): Pick<Distribution, 'arguments' | 'domains'> {
  const inner = argumentsWithin(distribution)
  return { arguments: { gate, ...inner.arguments }, domains: { gate: 'probability', ...inner.domains } }
}
