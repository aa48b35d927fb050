/**
 * Runs one attempt of a sample task on a model whose gradient takes a fraction of a millisecond, until it ends or is killed.
 * argv: folder of the attempt, JSON of the folders of earlier attempts, JSON of the task.
 */
import { nuts } from '../../dist/index.js'

const [, , folder, earlier, task] = process.argv
const DIMENSION = 3
const GRADIENT_MS = 0.1

const model = {
  rows: 'independent',
  dataNames: [],
  bind: () => ({
    parameters: [{ name: 'x', shape: [DIMENSION], support: 'real', scope: 'global', offset: 0, size: DIMENSION }],
    dimension: DIMENSION,
    logDensityInto(gradient, x) {
      const until = performance.now() + GRADIENT_MS
      while (performance.now() < until);
      let sum = 0
      for (let i = 0; i < DIMENSION; i++) {
        gradient[i] = -x[i] * (i + 1)
        sum += 0.5 * x[i] * gradient[i]
      }
      return sum
    },
    constrainInto: (values, x) => values.set(x),
    unconstrainInto: (x, values) => x.set(values),
  }),
}

const emit = event => {
  if (event.type === 'log') console.log(event.line)
  if (event.type === 'checkpoint') console.log('checkpoint')
}
console.log('ready')
await nuts.runTask(JSON.parse(task), model, { rows: 0, column: () => new Float64Array() }, folder, {
  attempt: JSON.parse(earlier).length + 1,
  emit,
  shouldStop: () => false,
  earlier: JSON.parse(earlier),
})
console.log('ended')
