import type { BoundModel, Json, Model, ShardData } from '@chorale/core/contracts'
import { expect, it } from 'vitest'
import { bindModel } from '../../src/task/bind-model.js'
import { sampleTask } from '../run-task.js'

const shard = (): ShardData => ({ rows: 0, column: () => new Float64Array() })
const task = (summary: Json) => ({ ...sampleTask(), summary })
const hooks = { attempt: 1, emit: () => undefined, shouldStop: () => false }

/** A model whose bindings can be told apart. */
const model = (): Model => ({ rows: 'independent', dataNames: [], bind: () => ({ dimension: 1 }) as unknown as BoundModel })

it('binds a shard once for all its chains, as long as model and summary are the same', () => {
  const [one, other] = [model(), model()]
  const data = shard()
  const first = bindModel(task({ levels: 3 }), one, data, hooks)
  expect(bindModel(task({ levels: 3 }), one, data, hooks)).toBe(first)
  expect(bindModel(task({ levels: 4 }), one, data, hooks)).not.toBe(first)
  expect(bindModel(task({ levels: 3 }), one, shard(), hooks)).not.toBe(first)
  expect(bindModel(task({ levels: 3 }), other, data, hooks)).not.toBe(first)
})

it('asks a backend that splits the likelihood each time', () => {
  const splitting = { ...hooks, bind: (asked: Model, data: ShardData, summary: Json) => asked.bind(data, summary) }
  const data = shard()
  const one = model()
  expect(bindModel(task(null), one, data, splitting)).not.toBe(bindModel(task(null), one, data, splitting))
})
