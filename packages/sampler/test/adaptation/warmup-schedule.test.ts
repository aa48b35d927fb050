import { describe, expect, it } from 'vitest'
import { warmupSchedule } from '../../src/adaptation/warmup-schedule.js'

describe("Stan's warm-up windows", () => {
  it('are 75, then 25, 50, 100, 200, 500, then 50 for 1000 iterations', () => {
    expect(warmupSchedule(1000)).toEqual({ warmup: 1000, slowStart: 75, slowEnd: 950, windowEnds: [99, 149, 249, 449, 949] })
  })

  it('just fit into 150 iterations', () => {
    expect(warmupSchedule(150)).toEqual({ warmup: 150, slowStart: 75, slowEnd: 100, windowEnds: [99] })
  })

  it('end where the terminal buffer begins when a doubling fits exactly', () => {
    expect(warmupSchedule(300).windowEnds).toEqual([99, 149, 249])
  })

  it('shrink to 15, 75 and 10 % of a shorter warm-up', () => {
    expect(warmupSchedule(149)).toEqual({ warmup: 149, slowStart: 22, slowEnd: 135, windowEnds: [134] })
    expect(warmupSchedule(20)).toEqual({ warmup: 20, slowStart: 3, slowEnd: 18, windowEnds: [17] })
  })

  it.each([0, 1, 19])('learn no metric in %i iterations', warmup => {
    expect(warmupSchedule(warmup).windowEnds).toEqual([])
  })
})
