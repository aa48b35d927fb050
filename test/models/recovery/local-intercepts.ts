import { add, bernoulliLogit, halfNormal, model, normal } from '@chorale/model'

/** Late flights by airport: intercepts belong to their airport, so that rows may be sharded by airport. */
export default model(({ data, sample, plate }) => {
  const airport = data.index('airport')
  const mean = sample('mean', normal(-1, 1))
  const spread = sample('spread', halfNormal(1))
  const slope = sample('slope', normal(0, 1))
  const intercept = plate('airport', airport, { local: true }, () =>
    sample('intercept', normal(mean, spread), { reparameterize: 'non-centered' }),
  )
  plate('flights', data.rows, () =>
    sample('late', bernoulliLogit(add(intercept.at(airport), slope.mul(data.vector('distance')))), { observed: data.vector('late') }),
  )
})
