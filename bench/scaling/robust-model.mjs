import { dot, halfNormal, model, normal, studentT } from '../../packages/model/dist/index.js'

const names = Array.from({ length: 25 }, (_, j) => `x${j}`)

export default model(({ data, sample, plate }) => {
  const beta = sample('beta', normal(0, 1), { shape: [25] })
  const sd = sample('sd', halfNormal(1))
  plate('rows', data.rows, () => sample('y', studentT(4, dot(data.matrix(names), beta), sd), { observed: data.vector('y') }))
})
