import { expect, test } from 'vitest'

import type { Model, TaskHooks } from '../../src/contracts/index.js'
import { withFixed } from '../../src/job/with-fixed.js'
import { eightSchools } from '../model/eight-schools.js'

const DATA = { rows: 0, column: () => new Float64Array() }
const HOOKS: TaskHooks = { attempt: 2, emit: () => undefined, shouldStop: () => true }

test('a task without fixed parameters keeps its model and hooks', () => {
  expect(withFixed({ model: eightSchools, hooks: HOOKS }, undefined)).toEqual({ model: eightSchools, hooks: HOOKS })
})

test('a task with them has a model of the others, and its other hooks', () => {
  const { model, hooks } = withFixed({ model: eightSchools, hooks: HOOKS }, { tau: 2 })
  expect(model.bind(DATA, null).dimension).toBe(9)
  expect([hooks.attempt, hooks.shouldStop(), hooks.bind]).toEqual([2, true, undefined])
})

test('a backend that binds in its own way binds the whole model, and what it returns is held at the values', () => {
  const bound: Model[] = []
  const bind: TaskHooks['bind'] = (model, data, summary) => {
    bound.push(model)
    return model.bind(data, summary)
  }
  const { model, hooks } = withFixed({ model: eightSchools, hooks: { ...HOOKS, bind } }, { tau: 2 })
  const held = hooks.bind!(model, DATA, null)
  expect(bound).toEqual([eightSchools])
  expect(held.parameters.map(({ name }) => name)).toEqual(['mu', 'theta'])
  const [own, other] = [new Float64Array(9), new Float64Array(9)]
  const position = Float64Array.from({ length: 9 }, (_, i) => i)
  const powers = { prior: 1, jacobian: 1, likelihood: 1 }
  expect(held.logDensityInto(own, position, powers)).toBe(model.bind(DATA, null).logDensityInto(other, position, powers))
  expect(own).toEqual(other)
})
