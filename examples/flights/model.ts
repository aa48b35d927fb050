/**
 * Which flights are late? Logistic regression of "more than 15 minutes late" on distance, time of day and day of the week.
 *
 *   late[i] ~ Bernoulli(1 / (1 + exp(-eta[i]))),   eta = sum_j b[j] x[i, j],   b[j] ~ Normal(0, 2.5)
 */
import { add, atLeast, bernoulliLogit, cos, equals, floor, greaterThan, log, model, normal, sin, type Value } from 'chorale'

const LATE_MINUTES = 15

/** What is left of x after whole multiples of n. */
const modulo = (x: Value, n: number): Value => x.sub(floor(x.div(n)).mul(n))

/** Predictors by the names of their coefficients. `date` holds milliseconds since 1970 of the local clock; 1 January 1970 was a Thursday. */
function predictors(date: Value, miles: Value): Readonly<Record<string, Value | number>> {
  const minutes = floor(date.div(60_000))
  const days = floor(minutes.div(1440))
  const angle = modulo(minutes, 1440).mul((2 * Math.PI) / 1440)
  const weekday = modulo(days.add(3), 7).add(1)
  return {
    intercept: 1,
    log_distance: log(miles.div(1000)),
    sin1: sin(angle),
    cos1: cos(angle),
    sin2: sin(angle.mul(2)),
    cos2: cos(angle.mul(2)),
    thursday: equals(weekday, 4),
    friday: equals(weekday, 5),
    weekend: atLeast(weekday, 6),
  }
}

export default model(({ data, sample, plate }) => {
  const late = greaterThan(data.vector('delay'), LATE_MINUTES)
  const x = predictors(data.vector('date'), data.vector('distance'))
  const eta = add(...Object.keys(x).map(name => sample(name, normal(0, 2.5)).mul(x[name]!)))
  plate('flights', data.rows, () => sample('late', bernoulliLogit(eta), { observed: late }))
})
