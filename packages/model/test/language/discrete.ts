import { univariate } from '../../src/distributions/distribution.js'
import { value } from '../../src/expression/value.js'
import { integers } from '../../src/supports/supports.js'

/** The smallest discrete distribution: 1 for sure. */
export const discrete = () =>
  univariate({}, () => ({ name: 'one', domains: {}, support: integers(0), logDensity: () => value(0), draw: () => 1 }))
