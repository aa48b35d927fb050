import { describe, expect, test } from 'vitest'

import { Disposal } from '../src/disposal.js'

const recorder = () => {
  const order: string[] = []
  const item = (name: string) => ({ name, [Symbol.dispose]: () => void order.push(name) })
  return { order, item }
}

describe('disposal', () => {
  test('goes in the reverse order of making, and waits for each', async () => {
    const { order, item } = recorder()
    const disposal = new Disposal()
    disposal.add(item('first'))
    disposal.add({
      async [Symbol.asyncDispose]() {
        await new Promise(resolve => setTimeout(resolve, 5))
        order.push('second')
      },
    })
    disposal.add(item('third'))
    await disposal[Symbol.asyncDispose]()
    expect(order).toEqual(['third', 'second', 'first'])
  })

  test('goes on after a failure, and reports all of them together', async () => {
    const { order, item } = recorder()
    const disposal = new Disposal()
    const failing = (message: string) => ({
      [Symbol.dispose]() {
        throw new Error(message)
      },
    })
    disposal.add(item('first'))
    disposal.add(failing('one'))
    disposal.add({ [Symbol.asyncDispose]: () => Promise.reject(new Error('two')) })
    const error = await disposal[Symbol.asyncDispose]().then(
      () => undefined,
      (reason: unknown) => reason as AggregateError,
    )
    expect(error).toBeInstanceOf(AggregateError)
    expect((error!.errors as Error[]).map(({ message }) => message)).toEqual(['two', 'one'])
    expect(order).toEqual(['first'])
  })

  test('happens once, however often it is asked for', async () => {
    const { order, item } = recorder()
    const disposal = new Disposal()
    disposal.add(item('only'))
    await Promise.all([disposal[Symbol.asyncDispose](), disposal[Symbol.asyncDispose]()])
    await disposal[Symbol.asyncDispose]()
    expect(order).toEqual(['only'])
  })

  test('gives back what was added, and leaves alone what cannot be disposed of', async () => {
    const disposal = new Disposal()
    const plain = { a: 1 }
    expect(disposal.add(plain)).toBe(plain)
    for (const value of [null, undefined, 7, 'text']) expect(disposal.add(value)).toBe(value)
    await disposal[Symbol.asyncDispose]()
  })
})
