import { describe, expect, it } from 'vitest'
import type { TaskEvent } from '@chorale/core/contracts'
import { resolveStartOptions } from '../../src/start/start-options.js'
import { equicorrelatedNormals, independentNormals, vectorModel, type Density } from '../densities.js'
import { centredSchools } from './centred-schools.js'
import { start } from './chosen.js'

const SDS = [0.01, 1, 100]
const normals = vectorModel(3, independentNormals(SDS))

const seeds = Array.from({ length: 40 }, (_, seed) => ({ seed }))
const warnings = (events: readonly TaskEvent[]) =>
  events.flatMap(event => (event.type === 'log' && event.level === 'warn' ? [event.line] : []))

describe.each(['init_to_mode', 'init_to_pathfinder'])('%s', initStrategy => {
  it('starts chains apart from each other, on the scale of the posterior', async () => {
    const starts = await Promise.all(seeds.map(at => start(normals, { initStrategy }, at)))
    SDS.forEach((sd, i) => {
      const square = starts.reduce((sum, { position }) => sum + (position[i] / sd) * (position[i] / sd), 0) / starts.length
      expect(square).toBeGreaterThan(0.3)
      expect(square).toBeLessThan(4)
    })
  })

  it('gives the variances of independent normals and the gradient at the start', async () => {
    for (const at of seeds.slice(0, 10)) {
      const { position, variances, gradient } = await start(normals, { initStrategy }, at)
      SDS.forEach((sd, i) => {
        expect(Math.abs(Math.log(variances![i] / (sd * sd)))).toBeLessThan(0.2)
        expect(gradient[i]).toBe(-position[i] / (sd * sd))
      })
    }
  })

  it('gives variances of correlated normals between the conditional and the marginal ones', async () => {
    const rho = 0.9
    const { variances } = await start(vectorModel(6, equicorrelatedNormals(6, rho)), { initStrategy })
    const conditional = (1 - rho) / (1 - rho / (1 + 5 * rho))
    for (const variance of variances!) {
      expect(variance).toBeGreaterThan(conditional / 2)
      expect(variance).toBeLessThan(2)
    }
  })

  it('gives no variances with warmStart off', async () => {
    expect(await start(normals, { initStrategy, warmStart: false })).not.toHaveProperty('variances')
  })

  it('is the same for the same key', async () => {
    const [a, b, other] = await Promise.all([1, 1, 2].map(seed => start(normals, { initStrategy }, { seed })))
    expect(a.position).toEqual(b.position)
    expect(a.variances).toEqual(b.variances)
    expect(a.position).not.toEqual(other.position)
  })

  it('climbs from given initial values', async () => {
    // Two modes, at -10 and 10.
    const bimodal = vectorModel(1, (gradient, [x]) => {
      const side = x < 0 ? -10 : 10
      gradient[0] = side - x
      return -0.5 * (x - side) * (x - side)
    })
    for (const { seed } of seeds.slice(0, 5)) {
      const { position } = await start(bimodal, { initStrategy, initialValues: { x: [-1] } }, { seed })
      expect(Math.abs(position[0] + 10)).toBeLessThan(6)
    }
  })

  it('falls back to a random start where the density has no upper bound, and says so', async () => {
    // exp(3 |x|) inside (-5000, 5000): nothing a normal distribution could be.
    const up: Density = (gradient, [x]) => ((gradient[0] = Math.sign(x) * 3), Math.abs(3 * x))
    const { position, variances, events } = await start(vectorModel(1, up), { initStrategy })
    expect(Math.abs(position[0])).toBeLessThan(2)
    expect(variances).toBeUndefined()
    expect(warnings(events)).toHaveLength(1)
    expect(warnings(events)[0]).toMatch(/starts without it/)
  })
})

describe('the centred eight schools', () => {
  it('have no mode to start at: the chain starts at random', async () => {
    const { position, events } = await start(vectorModel(10, centredSchools), { initStrategy: 'init_to_mode' })
    expect(position.every(x => Math.abs(x) < 2)).toBe(true)
    expect(warnings(events)).toHaveLength(1)
  })

  it('have a Pathfinder start, well away from the explosion', async () => {
    for (const { seed } of seeds.slice(0, 2)) {
      const { position, variances } = await start(vectorModel(10, centredSchools), { initStrategy: 'init_to_pathfinder' }, { seed })
      expect(position[1]).toBeGreaterThan(-4)
      expect(variances!.every(v => v > 0)).toBe(true)
    }
  })
})

describe('an ordinary start', () => {
  it('costs two gradients and gives no variances', async () => {
    const { gradients, variances, position } = await start(normals, {})
    expect({ gradients, variances }).toEqual({ gradients: 2, variances: undefined })
    expect(position.every(x => Math.abs(x) < 2)).toBe(true)
  })

  it('stays where it is when only its variances come from Pathfinder', async () => {
    const plain = await start(normals, {})
    const warm = await start(normals, { initStrategy: 'uniform', warmStart: 'pathfinder' })
    expect(warm.position).toEqual(plain.position)
    expect(warm.variances).toHaveLength(3)
  })

  it('takes the initial values of its chain', async () => {
    const initialValues = [{ x: [1, 1, 1] }, { x: [2, 2, 2] }]
    expect([...(await start(normals, { initialValues }, { chain: 1 })).position]).toEqual([2, 2, 2])
    await expect(start(normals, { initialValues }, { chain: 2 })).rejects.toMatchObject({ failure: { code: 'CHORALE_SAMPLER_OPTION' } })
  })

  it('passes a given inverse metric on, and refuses one of another size', async () => {
    expect([...(await start(normals, { inverseMetric: [1, 2, 3] })).inverseMetric!]).toEqual([1, 2, 3])
    expect((await start(normals, { inverseMetric: [1, 0, 0, 0, 1, 0, 0, 0, 1] })).inverseMetric).toHaveLength(9)
    await expect(start(normals, { inverseMetric: [1, 2] })).rejects.toThrow('2 numbers; the model has 3 unconstrained coordinates')
  })
})

describe('names of starts', () => {
  it.each([
    [{}, 'init_to_uniform', false],
    [{ initialValues: { mu: 1 } }, 'init_to_value', false],
    [{ initStrategy: 'median' }, 'init_to_median', false],
    [{ initStrategy: 'optimize' }, 'init_to_mode', 'optimize'],
    [{ initStrategy: 'pathfinder' }, 'init_to_pathfinder', 'pathfinder'],
    [{ warmStart: true }, 'init_to_pathfinder', 'pathfinder'],
    [{ warmStart: 'optimize' }, 'init_to_mode', 'optimize'],
    [{ initStrategy: 'init_to_mode', warmStart: true }, 'init_to_mode', 'optimize'],
    [{ initStrategy: 'init_to_mode', warmStart: 'pathfinder' }, 'init_to_mode', 'pathfinder'],
    [{ initStrategy: 'init_to_mode', warmStart: false }, 'init_to_mode', false],
    [{ initStrategy: 'uniform', warmStart: true }, 'init_to_uniform', 'pathfinder'],
  ] as const)('%j means %s, variances of %s', (options, initStrategy, warmStart) => {
    expect(resolveStartOptions(options)).toMatchObject({ initStrategy, warmStart })
  })

  it.each([
    { initStrategy: 'middle' },
    { warmStart: 'laplace' },
    { initRadius: -1 },
    { initialValues: 'file.json' },
    { inverseMetric: 'metric.json' },
  ])('%j is refused by a task', options => expect(() => resolveStartOptions(options as never)).toThrow(/cannot be/))
})
