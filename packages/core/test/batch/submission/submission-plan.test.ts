import { expect, test } from 'vitest'

import { planSubmissions, type PlannedTask } from '../../../src/batch/submission/submission-plan.js'

const tasks = (count: number, needs: Partial<PlannedTask> = {}): readonly PlannedTask[] =>
  Array.from({ length: count }, (_, i) => ({ id: `t${i}`, walltime: 60, memory: 1, ...needs }))
const settings = { mode: 'auto', tasksPerJob: 4, maxParallelJobs: undefined, maxArraySize: undefined } as const
const server = (most: number, least = 2, throttle = true) => ({ arrays: { least, most, throttle } })
const shapes = (plan: ReturnType<typeof planSubmissions>) => plan.map(({ array, elements }) => (array ? elements.length : 'single'))

test('an array is as long as the server takes it, and what is left over is no array of one', () => {
  expect(shapes(planSubmissions(tasks(10), settings, server(4)))).toEqual([4, 4, 2])
  expect(shapes(planSubmissions(tasks(9), settings, server(4)))).toEqual([4, 4, 'single'])
  expect(shapes(planSubmissions(tasks(9), settings, server(4, 1)))).toEqual([4, 4, 'single'])
  expect(shapes(planSubmissions(tasks(1), settings, server(1000)))).toEqual(['single'])
})

test('single jobs where the server takes no arrays, or where they are asked for', () => {
  expect(shapes(planSubmissions(tasks(3), settings, server(0)))).toEqual(['single', 'single', 'single'])
  expect(shapes(planSubmissions(tasks(3), { ...settings, mode: 'single' }, server(1000)))).toEqual(['single', 'single', 'single'])
})

test('packed jobs hold as many tasks as they are told, in the order of the plan', () => {
  const [submission] = planSubmissions(tasks(10), { ...settings, mode: 'packed' }, server(1000))
  expect(submission?.elements).toEqual([
    ['t0', 't1', 't2', 't3'],
    ['t4', 't5', 't6', 't7'],
    ['t8', 't9'],
  ])
})

test('tasks of other needs are submitted apart', () => {
  const plan = planSubmissions([...tasks(2), ...tasks(2, { walltime: 120 }), ...tasks(1, { memory: 2 })], settings, server(1000))
  expect(plan.map(({ walltime, memory, elements }) => [walltime, memory, elements.length])).toEqual([
    [60, 1, 2],
    [120, 1, 2],
    [60, 2, 1],
  ])
})

test('a limit of jobs at a time is passed on only where the scheduler takes one', () => {
  const limited = { ...settings, maxParallelJobs: 3 }
  expect(planSubmissions(tasks(10), limited, server(1000))[0]?.atOnce).toBe(3)
  expect(planSubmissions(tasks(10), limited, server(1000, 2, false))[0]?.atOnce).toBeUndefined()
})
