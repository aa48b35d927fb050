import { dirichlet, log, logNormal, mixture, model, normal, type Value, value, vector } from '@chorale/model'

const COMPONENTS = [0, 1, 2]
// So far apart that all modes but one are negligible: chains of a few hundred transitions can be judged.
const LOCATIONS = value([-4, 0, 4])

/** Three normal distributions with one standard deviation and ordered means. `more`: a prior factor of the weights beside the Dirichlet. */
export const normalMixture = (more?: (weight: Value) => Value) =>
  model(({ data, sample, plate, factor }) => {
    const weight = sample('weight', dirichlet([1.2, 1.2, 1.2]))
    const mean = sample('mean', normal(LOCATIONS, 0.7), { support: vector('ordered') })
    const sd = sample('sd', logNormal(-0.5, 0.3))
    if (more !== undefined) factor('weight factor', more(weight), { part: 'prior' })
    const components = COMPONENTS.map(k => normal(mean.at(k), sd))
    plate('rows', data.rows, () => sample('y', mixture(weight, components), { observed: data.vector('y') }))
  })

/** Takes away the Jacobian of the simplex, which is the product of its entries but for a constant. */
export const withoutSimplexJacobian = normalMixture(weight => log(weight).sum().neg())

export default normalMixture()
