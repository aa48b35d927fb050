import { describe, expect, test } from 'vitest'

import { chain, eventOf, stage } from './fake-transport.js'

const task = chain(0, 0)

describe('a task that counts its gradients', () => {
  test('may go for minutes without an event: one iteration may be a thousand gradients', async () => {
    const { transport, run, clock } = stage({ heartbeatSeconds: 60 })
    const { done } = run([task])
    for (let second = 0; second < 300; second++) {
      await clock.advance(1_000)
      transport.of(task).counted++
    }
    expect(transport.of(task).killed).toBe(0)
    transport.of(task).complete()
    await done
  })

  test.each([600, 60])('is lost once its count stands still for a minute, with a heartbeat limit of %i s', async heartbeatSeconds => {
    const { transport, run, clock } = stage({ heartbeatSeconds, attempts: 1 })
    const { events, done } = run([task])
    await clock.advance(1_000)
    transport.of(task).counted = 17
    await clock.advance(59_000)
    expect(transport.of(task).killed).toBe(0)
    await clock.advance(2_500)
    await done
    expect(eventOf(events, 'failed').failure).toMatchObject({
      cause: 'lost',
      code: 'CHORALE_TASK_LOST',
      message: `task ${task.id} gave no sign of life for 60 s (setting timeout.heartbeat)`,
    })
  })

  test('may take 50 times its slowest gradient', async () => {
    const { transport, run, clock } = stage({ heartbeatSeconds: 5, attempts: 1 })
    const { done } = run([task])
    const gradient = async (ms: number): Promise<void> => {
      await clock.advance(ms)
      transport.of(task).counted++
    }
    await gradient(1_000)
    await gradient(2_000)
    await clock.advance(90_000)
    expect(transport.of(task).killed).toBe(0)
    await clock.advance(15_000)
    await done
    expect(transport.of(task).killed).toBe(1)
  })

  test('is not watched before its first gradient: it binds its data', async () => {
    const { transport, run, clock } = stage({ heartbeatSeconds: 5 })
    const { done } = run([task])
    await clock.advance(100_000)
    expect(transport.of(task).killed).toBe(0)
    transport.of(task).complete()
    await done
  })
})

test('time in which this process was suspended is nobody’s silence', async () => {
  const { transport, run, clock } = stage({ heartbeatSeconds: 60 })
  const { done } = run([task])
  await clock.advance(1_000)
  transport.of(task).counted = 1
  await clock.advance(1_000)
  clock.suspend(600_000)
  await clock.advance(1_000)
  expect(transport.of(task).killed).toBe(0)
  transport.of(task).complete()
  await done
})
