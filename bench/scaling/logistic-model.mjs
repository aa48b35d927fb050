import { bernoulliLogit, dot, model, normal } from '../../packages/model/dist/index.js'

const names = Array.from({ length: 25 }, (_, j) => `x${j}`)

export default model(({ data, sample, plate }) => {
  const beta = sample('beta', normal(0, 1), { shape: [25] })
  plate('rows', data.rows, () => sample('y', bernoulliLogit(dot(data.matrix(names), beta)), { observed: data.vector('y') }))
})
