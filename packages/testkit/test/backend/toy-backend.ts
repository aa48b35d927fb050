import { DEFAULT_CAPABILITIES, type BackendCapabilities, type BackendDefinition, type Load, type Task } from '@chorale/core/contracts'
import type { BackendFlaws } from './flaws.js'
import { ToyRun, type ToyState } from './toy-run.js'

/** A backend of this process that keeps the contract, except for its flaws. */
export function toyBackend(flaws: BackendFlaws = {}): BackendDefinition<object> {
  const declared: Partial<BackendCapabilities> = { sameProcess: true, supportsSharding: true, maxParallelShards: 2, ...flaws.capabilities }
  const stopped = new Set<Task>()
  const definition: BackendDefinition<object> = {
    name: 'toy',
    summary: 'Runs tasks in this process',
    capabilities: declared,
    create: () => {
      let [runs, cleanups] = [0, 0]
      const state: ToyState = { closed: false, stopped }
      const capabilities = { ...DEFAULT_CAPABILITIES, ...declared }
      return {
        name: 'toy',
        getCapabilities: () => capabilities,
        validateResources: () => Promise.resolve(),
        estimateMemory: ({ dataBytes, chains }: Load & { readonly chains: number }) => (5e8 + dataBytes * (1 + chains)) / 1e9,
        run: (tasks, context) => {
          if (flaws.runsOnce === true && runs++ > 0) throw new Error('the pool is closed')
          const run = new ToyRun(tasks, context, capabilities, flaws, state)
          if (flaws.startsEagerly === true) run.start()
          return loop(run, tasks)
          async function* loop(one: ToyRun, given: readonly Task[]) {
            if (flaws.emitsWithoutTasks === true && given.length === 0)
              yield { type: 'log', task: 'nobody', attempt: 0, at: 0, level: 'info', line: 'nothing to do' } as const
            const delay = flaws.startDelay?.(given, context) ?? 0
            if (delay > 0) await new Promise(resolve => setTimeout(resolve, delay))
            if (flaws.startsEagerly !== true) one.start()
            yield* one.loop()
          }
        },
        cleanup: () => {
          state.closed = true
          return flaws.cleansUpOnce === true && cleanups++ > 0 ? Promise.reject(new Error('already closed')) : Promise.resolve()
        },
        ...flaws.backend,
      }
    },
  }
  return Object.defineProperties(definition, Object.getOwnPropertyDescriptors(flaws.definition ?? {})) as BackendDefinition<object>
}
