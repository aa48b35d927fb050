import type { BoundModel, TaskEvent } from '@chorale/core/contracts'
import { demand, isPlain, type Check } from '../check.js'
import { noData, standardNormal } from './toy-models.js'
import { BRIEF, brings, digestOfChain, settingsOf, startChain, type SamplerTrial } from './trial-run.js'

/** How a sampler behaves: its randomness, what it reports and plans. */
export const conductChecks: readonly Check<SamplerTrial>[] = [
  {
    name: 'gives the same bytes for the same key, and others for another',
    run: async (trial, scope) => {
      const run = (seed: number): Promise<string> => digestOfChain(trial, scope, { ...BRIEF, seed })
      const [first, second, other] = [await run(3), await run(3), await run(4)]
      demand(first === second, 'two runs of the same task gave different files: draws depend on the task and the data alone')
      demand(first !== other, 'two chains with different keys gave the same files')
    },
  },
  {
    name: 'leaves the task as it is',
    run: async (trial, scope) => {
      const { task, outcome } = await startChain(trial, scope, BRIEF)
      const before = JSON.stringify(task)
      await outcome
      demand(JSON.stringify(task) === before, 'the task was changed: another attempt needs it as it was')
    },
  },
  {
    name: 'binds the model as the backend says',
    run: async (trial, scope) => {
      let bound = 0
      const bind = (): BoundModel => {
        bound++
        return standardNormal.bind(noData, null)
      }
      await (
        await startChain(trial, scope, { ...BRIEF, hooks: { bind } })
      ).outcome
      demand(bound > 0, 'hooks.bind was given, and not called: backends that split a likelihood need it in place of model.bind')
    },
  },
  {
    name: 'names its task and attempt in what it reports',
    run: async (trial, scope) => {
      const events: TaskEvent[] = []
      const { task, outcome } = await startChain(trial, scope, { ...BRIEF, hooks: { attempt: 3, emit: event => void events.push(event) } })
      await outcome
      const stranger = events.find(event => event.task !== task.id || event.attempt !== 3)
      demand(
        stranger === undefined,
        () =>
          `a ${stranger?.type ?? ''} event names ${String(stranger?.task)}, attempt ${String(stranger?.attempt)}, not ${task.id}, attempt 3`,
      )
      const final = events.find(({ type }) => ['completed', 'failed', 'stopped', 'started'].includes(type))
      demand(final === undefined, () => `a ${final?.type ?? ''} event is not the sampler's to send: it resolves or rejects`)
    },
  },
  {
    name: 'plans settings that tasks can hold',
    requires: [brings('planSettings')],
    run: async trial => {
      const { warmup: _, ...request } = settingsOf(trial)
      const planned = await trial.definition.planSettings!(request, { folder: process.cwd(), chains: 4 })
      demand(
        Number.isInteger(planned.warmup) && planned.warmup >= 0,
        `planSettings leaves warmup at ${String(planned.warmup)}; where the settings ask for none, it says how long`,
      )
      demand(isPlain(planned), 'planSettings returns something that JSON cannot hold')
    },
  },
  {
    name: 'asks for other settings from what it is shown, and from nothing else',
    requires: [brings('restartSettings')],
    run: trial => {
      const shown = {
        restart: 0,
        draws: 4000,
        divergenceRate: 0.2,
        maxDivergenceRate: 0.01,
        treeDepthSaturation: 0.5,
        ebfmiMin: 0.1,
      }
      const ask = (): string => JSON.stringify(trial.definition.restartSettings!(settingsOf(trial), shown) ?? null)
      demand(ask() === ask(), 'restartSettings answered the same question in two ways: a resume asks again')
    },
  },
]
