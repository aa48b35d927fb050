import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import { compileDensity, valueAndGradient } from '../../src/compiler/compile-density.js'
import { differences, interpret } from './interpreted.js'
import { randomProgram } from './random-programs.js'

const powers = { prior: 0.5, jacobian: 0.25, likelihood: 1.5 }

describe('random programs', () => {
  it.each([false, true])('have the value of the interpreter and the gradient of its differences (blocks of rows: %s)', isBlocked => {
    const kinds = new Map<string, number>()
    for (let seed = 0; seed < 50; seed++) {
      const random = randomProgram(seed, 5, isBlocked)
      for (const kind of random.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      const stream = createStream(prngKey(seed + 10_000))
      const position = Float64Array.from({ length: random.program.dimension }, () => stream.normal())
      const { value, gradient } = valueAndGradient(compileDensity(random.program), position, powers)
      const expected = interpret(random.program, position, powers)
      const scale = Math.max(1, Math.abs(expected))
      expect(Math.abs(value - expected), `value, seed ${seed}`).toBeLessThan(1e-12 * scale)
      const slopes = differences(random.program, position, powers)
      // How far wider differences are off says how steep the function is.
      const wider = differences(random.program, position, powers, 0.02)
      gradient.forEach((slope, j) => {
        const tolerance = 1e-9 * Math.max(scale, Math.abs(slope)) + Math.abs(slopes[j] - wider[j])
        expect(Math.abs(slope - slopes[j]), `gradient ${j}, seed ${seed}`).toBeLessThan(tolerance)
      })
    }
    expect([...kinds.values()].every(count => count > 5)).toBe(true)
  })
})
