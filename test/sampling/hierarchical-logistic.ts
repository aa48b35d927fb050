import { add, bernoulliLogit, halfNormal, model, normal } from '@chorale/model'

/** Successes in groups whose intercepts vary around a common mean, non-centred, with a slope common to all. */
export default model(({ data, sample, plate }) => {
  const group = data.index('group')
  const mean = sample('mean', normal(0, 1.5))
  const spread = sample('spread', halfNormal(1))
  const slope = sample('slope', normal(0, 1))
  const intercept = plate('groups', group, () => sample('intercept', normal(mean, spread), { reparameterize: 'non-centered' }))
  plate('rows', data.rows, () =>
    sample('success', bernoulliLogit(add(intercept.at(group), slope.mul(data.vector('x')))), { observed: data.vector('success') }),
  )
})
