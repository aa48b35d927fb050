import type { FixedParameters } from '@chorale/core'

import { labelled } from './labelled.js'

/** `Fixed    tau = 2, theta = [1, 2]`; nothing where nothing is fixed. */
export function fixedLine(fixed: FixedParameters): readonly string[] {
  const held = Object.entries(fixed).map(([name, value]) => `${name} = ${typeof value === 'number' ? value : `[${value.join(', ')}]`}`)
  return held.length === 0 ? [] : [labelled('Fixed', held.join(', '))]
}
