import { describe, expect, it } from 'vitest'
import { isTaskStoppedError, type Model } from '@chorale/core/contracts'
import { independentNormals, vectorModel, type Density } from '../densities.js'
import { runSample, sampleTask } from '../run-task.js'

/** A model whose every gradient takes so many milliseconds of the thread. */
function slowModel(milliseconds: number, density: Density = independentNormals([1, 1])): Model {
  return vectorModel(2, (gradient, x) => {
    const until = performance.now() + milliseconds
    while (performance.now() < until);
    return density(gradient, x)
  })
}

/** Runs until stopped; the error, and the milliseconds from the stop to it. */
async function stopAfter(milliseconds: number, model: Model): Promise<{ readonly error: unknown; readonly response: number }> {
  let asked = Infinity
  const timer = setTimeout(() => (asked = performance.now()), milliseconds)
  try {
    await runSample(model, sampleTask({ warmup: 100_000 }), { shouldStop: () => asked < Infinity })
    return { error: null, response: Infinity }
  } catch (error) {
    return { error, response: performance.now() - asked }
  } finally {
    clearTimeout(timer)
  }
}

describe('a stop', () => {
  it('is answered within a leapfrog step of a 30 ms gradient', async () => {
    const { error, response } = await stopAfter(200, slowModel(30))
    expect(isTaskStoppedError(error) && error.stopped).toMatchObject({ task: 'sample-0000-0', attempt: 1, reason: 'stop' })
    expect(response).toBeLessThan(500)
  })

  it('is answered when gradients are fast: the timer that asks for it gets its turn', async () => {
    const { error, response } = await stopAfter(100, vectorModel(2, independentNormals([1, 1])))
    expect(isTaskStoppedError(error) && error.stopped.iteration).toBeGreaterThan(0)
    expect(response).toBeLessThan(500)
  })

  it('is answered while a start is searched', async () => {
    const { error, response } = await stopAfter(
      100,
      slowModel(30, () => -Infinity),
    )
    expect(isTaskStoppedError(error) && error.stopped.iteration).toBe(0)
    expect(response).toBeLessThan(500)
  })

  it('is polled after every gradient', async () => {
    let gradients = 0
    let polls = 0
    const model = vectorModel(2, (gradient, x) => {
      gradients++
      return independentNormals([1, 1])(gradient, x)
    })
    await runSample(model, sampleTask({ warmup: 50, draws: 50 }), { shouldStop: () => (polls++, false) })
    expect(polls).toBeGreaterThanOrEqual(gradients - 1)
  })
})

describe('the event loop', () => {
  it('gets control after every gradient of 50 ms', async () => {
    let ticks = 0
    const interval = setInterval(() => ticks++, 5)
    await runSample(slowModel(50), sampleTask({ warmup: 0, draws: 4 }))
    clearInterval(interval)
    expect(ticks).toBeGreaterThanOrEqual(6)
  })
})

describe('progress', () => {
  it('is told at most every 250 ms, then the checkpoint', async () => {
    const began = performance.now()
    const { events } = await runSample(slowModel(2), sampleTask({ warmup: 60, draws: 60 }))
    const told = events.filter(event => event.type === 'progress')
    expect(told.length).toBeGreaterThan(0)
    expect(told.length).toBeLessThanOrEqual((performance.now() - began) / 250)
    expect(told[0]).toMatchObject({ task: 'sample-0000-0', attempt: 1, total: 120 })
    expect(events.at(-1)).toMatchObject({ type: 'checkpoint', iteration: 120 })
  })
})
