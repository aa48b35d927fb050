import { describe, expect, it } from 'vitest'
import { TaskError, type JsonObject, type Model, type ParameterInfo } from '@chorale/core/contracts'
import { createStream } from '@chorale/random'
import { coordinateName } from '../../src/task/coordinate-name.js'
import { independentNormals, vectorModel } from '../densities.js'
import { runSample, sampleTask } from '../run-task.js'
import { centredSchools } from './centred-schools.js'
import { start } from './chosen.js'

const normal3 = vectorModel(3, independentNormals([1, 1, 1]))

const firstStart = async (model: Model, options: JsonObject, seed = 1): Promise<number[]> => [
  ...(await start(model, options, { seed })).position,
]

const failure = (model: Model, options: JsonObject = {}) =>
  runSample(model, sampleTask({ warmup: 5, draws: 5, options })).then(
    () => expect.unreachable(),
    (error: unknown) => (error as { failure: { cause: string; code: string; message: string; retryable: boolean } }).failure,
  )

describe('a start', () => {
  it('is uniform within 2 on the unconstrained scale, different for each key', async () => {
    const starts = await Promise.all(Array.from({ length: 100 }, (_, seed) => firstStart(normal3, {}, seed)))
    const all = starts.flat()
    expect(all.every(x => Math.abs(x) < 2)).toBe(true)
    expect(Math.abs(all.filter(x => Math.abs(x) > 1).length - 150)).toBeLessThan(4 * Math.sqrt(300 / 4))
    expect(new Set(all).size).toBe(300)
  })

  it('lies within initRadius', async () => {
    const start = await firstStart(normal3, { initRadius: 0.01 })
    expect(start.every(x => Math.abs(x) < 0.01)).toBe(true)
    expect(await firstStart(normal3, { initRadius: 0 })).toEqual([0, 0, 0])
  })

  it('takes given values on the constrained scale and leaves the other parameters uniform', async () => {
    const parameters: ParameterInfo[] = [
      { name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 },
      { name: 'sigma', shape: [2], support: 'positive', scope: 'global', offset: 1, size: 2 },
    ]
    const model = vectorModel(3, independentNormals([1, 1, 1]), {
      parameters,
      constrainInto: (values, x) => values.set([x[0]!, Math.exp(x[1]!), Math.exp(x[2]!)]),
      unconstrainInto: (x, values) => x.set([values[0]!, Math.log(values[1]!), Math.log(values[2]!)]),
    })
    const [mu, ...logSigma] = await firstStart(model, { initStrategy: 'init_to_value', initialValues: { sigma: [1, 2] } })
    expect(logSigma).toEqual([0, Math.log(2)])
    expect(Math.abs(mu!)).toBeLessThan(2)
    expect((await firstStart(model, { initStrategy: 'value', initialValues: { mu: 7 } }))[0]).toBe(7)
  })

  it('of init_to_median is the median of 15 prior draws, of init_to_sample one of them', async () => {
    const model: Model = { ...normal3, samplePriorInto: (position, key) => position.fill(100 + createStream(key).normal()) }
    const spread = async (initStrategy: string) => {
      const starts = await Promise.all(Array.from({ length: 60 }, (_, seed) => firstStart(model, { initStrategy }, seed)))
      return Math.sqrt(starts.reduce((sum, x) => sum + (x[0]! - 100) * (x[0]! - 100), 0) / 60)
    }
    // Standard deviations 1 and sqrt(pi/2/15) = 0.32 (asymptotically); their estimates err by about 9 %.
    expect(await spread('init_to_sample')).toBeGreaterThan(0.64)
    const median = await spread('median')
    expect(median).toBeGreaterThan(0.2)
    expect(median).toBeLessThan(0.44)
  })
})

describe('prior draws of a bound model', () => {
  it('go before those of its model, which knows no data', async () => {
    const model: Model = {
      ...normal3,
      samplePriorInto: position => position.fill(1),
      bind: (data, summary) => ({ ...normal3.bind(data, summary), samplePriorInto: position => position.fill(50) }),
    }
    expect(await firstStart(model, { initStrategy: 'init_to_sample' })).toEqual([50, 50, 50])
  })
})

describe('a start that fails', () => {
  it('names the parameter whose gradient is not finite, after 100 tries', async () => {
    let tries = 0
    const broken = vectorModel(3, (gradient, x) => {
      tries++
      const logDensity = independentNormals([1, 1, 1])(gradient, x)
      gradient[1] = NaN
      return logDensity
    })
    const { cause, code, message, retryable } = await failure(broken)
    expect({ cause, code, retryable }).toEqual({ cause: 'start', code: 'CHORALE_MODEL_START', retryable: false })
    expect(message).toContain('100 of 100: the gradient with respect to x[2] is NaN, though the log density is finite')
    expect(message).toContain('initStrategy: "init_to_value"')
    expect(tries).toBe(100)
  })

  it('says that the density is zero everywhere', async () => {
    expect((await failure(vectorModel(1, () => -Infinity))).message).toContain('100 of 100: the log density is -Infinity')
  })

  it('succeeds when one of the hundred starts is possible', async () => {
    const narrow = vectorModel(1, (gradient, x) => {
      gradient[0] = -x[0]!
      return Math.abs(x[0]!) < 0.1 ? (-x[0]! * x[0]!) / 2 : -Infinity
    })
    await expect(firstStart(narrow, {})).resolves.toHaveLength(1)
  })

  it('is tried once when it is given', async () => {
    const model = vectorModel(1, () => -Infinity)
    expect((await failure(model, { initStrategy: 'value', initialValues: { x: [0] } })).message).toContain('in 1 try')
  })

  it('says what the strategy needs', async () => {
    const { code, message } = await failure(normal3, { initStrategy: 'median' })
    expect(code).toBe('CHORALE_MODEL_START')
    expect(message).toContain('samplePriorInto')
    expect(message).toContain('init_to_uniform')
  })

  it('names an unknown parameter and a wrong length', async () => {
    expect((await failure(normal3, { initStrategy: 'value', initialValues: { y: 1 } })).message).toContain('"y"')
    const { message } = await failure(normal3, { initStrategy: 'value', initialValues: { x: [1, 2] } })
    expect(message).toContain('gives 2 numbers for "x", whose shape is [3]')
  })

  it('names a wrong option', async () => {
    expect(await failure(normal3, { metric: 'sparse' })).toMatchObject({ cause: 'start', code: 'CHORALE_SAMPLER_OPTION' })
    expect((await failure(normal3, { initStrategy: 'middle' })).message).toContain('init_to_uniform, init_to_value')
  })
})

describe('a model', () => {
  it('that throws fails the task and is not tried again', async () => {
    const throwing = vectorModel(1, () => {
      throw new TypeError('no such column: delay')
    })
    const { cause, code, message, retryable } = await failure(throwing)
    expect({ cause, code, retryable }).toEqual({ cause: 'model', code: 'CHORALE_MODEL_THREW', retryable: false })
    expect(message).toContain('TypeError: no such column: delay')
  })

  it('whose binding fails the task on purpose is not blamed', async () => {
    const lost = new TaskError({ cause: 'lost', code: 'CHORALE_WORKER_LOST', message: 'a thread is gone', retryable: true })
    const split = vectorModel(1, () => {
      throw lost
    })
    expect(await failure(split)).toBe(lost.failure)
  })

  it('that throws in bind fails likewise', async () => {
    const throwing: Model = {
      ...normal3,
      bind: () => {
        throw new Error('empty shard')
      },
    }
    expect(await failure(throwing)).toMatchObject({ cause: 'model', code: 'CHORALE_MODEL_THREW' })
  })

  it('is bound with the summary of all rows', async () => {
    let seen: unknown
    const model: Model = { ...normal3, bind: (data, summary) => ((seen = summary), normal3.bind(data, summary)) }
    await runSample(model, { ...sampleTask({ warmup: 0, draws: 1 }), summary: { levels: ['a'] } })
    expect(seen).toEqual({ levels: ['a'] })
  })

  it('with an improper posterior is found out', async () => {
    const flat = vectorModel(1, gradient => ((gradient[0] = 0), 0))
    expect(await failure(flat)).toMatchObject({ cause: 'start', code: 'CHORALE_POSTERIOR_IMPROPER' })
  })

  it('whose gradient belongs to another density is found out', async () => {
    const spike = vectorModel(1, (gradient, x) => {
      gradient[0] = 1e300
      return x[0]! === 0 ? 0 : -1e9
    })
    // The first metric of fast adaptation, 1/|gradient|, would take steps that underflow to none.
    const options = { initStrategy: 'value', initialValues: { x: [0] }, adaptation: 'stan' }
    expect(await failure(spike, options)).toMatchObject({ cause: 'start', code: 'CHORALE_STEP_SIZE_ZERO' })
  })
})

describe('names of coordinates', () => {
  const parameters: ParameterInfo[] = [
    { name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 },
    { name: 'B', shape: [2, 3], support: 'real', scope: 'global', offset: 1, size: 6 },
    { name: 'p', shape: [3], support: 'simplex', scope: 'global', offset: 7, size: 2 },
  ]

  it.each([
    [0, 'mu'],
    [1, 'B[1,1]'],
    [6, 'B[2,3]'],
    [4, 'B[2,1]'],
    [8, 'unconstrained coordinate 2 of p'],
  ])('coordinate %i is %s', (coordinate, name) => {
    expect(coordinateName(parameters, coordinate)).toBe(name)
  })
})

describe('a chain of nuts', () => {
  it.each(['init_to_mode', 'init_to_pathfinder'])('from %s gives the same bits each time', async initStrategy => {
    const run = () => runSample(normal3, sampleTask({ warmup: 100, draws: 20, options: { initStrategy } }))
    const [a, b] = [await run(), await run()]
    expect(a.positions).toEqual(b.positions)
  })

  it('runs although there is no mode to start at, and says so', async () => {
    const options = { initStrategy: 'init_to_mode' }
    const { positions, events } = await runSample(vectorModel(10, centredSchools), sampleTask({ warmup: 50, draws: 5, options }))
    expect(positions).toHaveLength(5)
    expect(events.filter(event => event.type === 'log' && event.level === 'warn')).toHaveLength(1)
  })
})
