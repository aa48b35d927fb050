import type { JsonObject, Model, TaskEvent } from '@chorale/core/contracts'
import { prngKey } from '@chorale/random'
import { modelTarget } from '../../src/engine/target.js'
import { chooseStart } from '../../src/start/choose-start.js'
import { resolveStartOptions } from '../../src/start/start-options.js'
import { sampleTask } from '../run-task.js'
import { pacer } from './probes.js'

/** The start of a chain under these options, with what happened on the way. */
export async function start(model: Model, options: JsonObject, { seed = 1, chain = 0 } = {}) {
  const task = { ...sampleTask({ options }, prngKey(seed)), chain }
  const bound = model.bind({ rows: 0, column: () => new Float64Array() }, null)
  const events: TaskEvent[] = []
  const hooks = { attempt: 1, emit: (event: TaskEvent) => void events.push(event), shouldStop: () => false }
  let gradients = 0
  const counted = modelTarget(
    { ...bound, logDensityInto: (gradient, position, powers) => (gradients++, bound.logDensityInto(gradient, position, powers)) },
    task.powers,
  )
  const chosen = await chooseStart({ task, hooks, options: resolveStartOptions(options), model, bound, target: counted, pacer: pacer() })
  return { ...chosen, events, gradients }
}
