import { describe, expect, it } from 'vitest'

import { compileDensity, valueAndGradient } from '../../src/compiler/compile-density.js'
import { dirichlet } from '../../src/distributions/dirichlet.js'
import { inverseWishart } from '../../src/distributions/inverse-wishart.js'
import { lkjCholesky } from '../../src/distributions/lkj-cholesky.js'
import { multinomial, multinomialLogits } from '../../src/distributions/multinomial.js'
import { multivariateNormal } from '../../src/distributions/multivariate-normal.js'
import { multivariateStudentT } from '../../src/distributions/multivariate-student-t.js'
import { wishart } from '../../src/distributions/wishart.js'
import { scaleRows } from '../../src/expression/arrays.js'
import { exp } from '../../src/expression/elementary.js'
import { diagonal } from '../../src/expression/linear-algebra.js'
import { Value, value } from '../../src/expression/value.js'
import { constant } from '../../src/graph/build.js'
import { eventSize } from '../../src/graph/shape.js'
import { constrain, freeEvent } from '../../src/supports/constrain.js'
import { differences, interpret } from '../compiler/interpreted.js'
import { plateOf, ProgramBuilder } from '../compiler/programs.js'

const unit = { prior: 1, jacobian: 1, likelihood: 1 }

describe('compiled gradients', () => {
  const rows = plateOf('rows', 5, 'rows')
  const data = (event: readonly number[], f: (k: number) => number): Value =>
    new Value(
      constant(
        Float64Array.from({ length: 5 * eventSize(event) }, (_, k) => f(k)),
        { plates: [rows], event },
      ),
    )

  function expectGradients(build: (program: ProgramBuilder) => void, position: (k: number) => number = k => Math.sin(k + 1)): void {
    const builder = new ProgramBuilder()
    build(builder)
    const program = builder.program()
    const q = Float64Array.from({ length: program.dimension }, (_, k) => position(k))
    const { value: found, gradient } = valueAndGradient(compileDensity(program), q, unit)
    expect(Math.abs(found - interpret(program, q, unit))).toBeLessThan(1e-11 * (1 + Math.abs(found)))
    differences(program, q, unit, 0.01).forEach((slope, k) =>
      expect(Math.abs(gradient[k] - slope)).toBeLessThan(2e-7 * (1 + Math.abs(slope))),
    )
  }

  it('a vector observed in each row, with an LKJ prior on its correlations and standard deviations', () => {
    expectGradients(p => {
      const prior = lkjCholesky(3, 2)
      const { value: factor, logJacobian } = constrain(
        prior.support,
        prior.event,
        p.parameter('factor', { plates: [], event: freeEvent(prior.support, prior.event) }),
      )
      p.term('prior', prior.logDensity(factor))
      p.term('jacobian', logJacobian!)
      const sd = exp(p.parameter('log sd', { plates: [], event: [3] }))
      const mean = p.parameter('mean', { plates: [], event: [3] })
      const y = data([3], k => Math.cos(3 * k))
      p.term('likelihood', multivariateNormal(mean, { cholesky: scaleRows(factor, sd) }).logDensity(y))
      p.term('likelihood', multivariateStudentT(exp(mean.at(0)), 0, { cholesky: scaleRows(factor, sd) }).logDensity(y))
    })
  })

  it.each([wishart, inverseWishart])('%o: a covariance matrix with its prior, observed by rows', family => {
    expectGradients(p => {
      const prior = family(exp(p.parameter('df')).add(4), [
        [2, 0.5],
        [0.5, 1],
      ])
      const { value: covariance, logJacobian } = constrain(
        prior.support,
        prior.event,
        p.parameter('covariance', { plates: [], event: [3] }),
      )
      p.term('prior', prior.logDensity(covariance))
      p.term('jacobian', logJacobian!)
      p.term('likelihood', multivariateNormal(0, { covariance }).logDensity(data([2], k => Math.cos(3 * k))))
      p.term('likelihood', multivariateNormal(diagonal(covariance), { precision: covariance }).logDensity(data([2], k => Math.sin(k))))
    })
  })

  it('counts in each row with a Dirichlet prior, zeros among them', () => {
    const counts = data([3], k => [0, 4, 1, 7][k % 4])
    const trials = new Value(counts.sum().node)
    expectGradients(p => {
      const prior = dirichlet(exp(p.parameter('concentration', { plates: [], event: [3] })))
      const { value: share, logJacobian } = constrain(prior.support, prior.event, p.parameter('share', { plates: [], event: [2] }))
      p.term('prior', prior.logDensity(share))
      p.term('jacobian', logJacobian!)
      p.term('likelihood', multinomial(trials, share).logDensity(counts))
      p.term('likelihood', multinomialLogits(trials, p.parameter('logits', { plates: [], event: [3] })).logDensity(counts))
    })
  })

  it('a category that has become impossible and was never seen costs nothing', () => {
    const builder = new ProgramBuilder()
    const { value: share } = constrain(
      { kind: 'vector', constraint: 'simplex' },
      [3],
      builder.parameter('share', { plates: [], event: [2] }),
    )
    builder.term('likelihood', multinomial(3, share).logDensity(value([1, 2, 0])))
    // The third share underflows to zero.
    const { value: found, gradient } = valueAndGradient(compileDensity(builder.program()), Float64Array.of(0, 2000), unit)
    expect(found).toBeCloseTo(Math.log(3 / 8), 13)
    expect(Array.from(gradient).every(Number.isFinite)).toBe(true)
  })
})
