/** The coordinator's side of a shared density: binds the model, has the other devices bind theirs, and evaluates together with them. */
import {
  TaskError,
  TaskStoppedError,
  type BlockPart,
  type BoundModel,
  type DensityBlocks,
  type Json,
  type Model,
  type Powers,
  type ShardData,
} from '@chorale/core/contracts'

import { blocksOf, tooSmall } from './layout.js'
import { closeMeeting, Coordination, failureOfMeeting, meetingMemory, type MeetingMemory } from './meeting-point.js'
import { STOP_SIGN, type BindOrder, type Question, type ShareOrder, type TaskOrder } from './messages.js'
import { cutBlocks } from './parts.js'
import { sharedColumns } from './shared-rows.js'

/** How long a task that was asked to stop waits for the others in the middle of a gradient, in milliseconds. */
const STOP_PATIENCE = 400
/** A gradient may take this much longer than the slowest one so far. */
const SLOWEST_GRADIENTS = 50

/** What a chain's density is bound to, and with whom. */
interface Binding {
  readonly data: ShardData
  readonly model: Model
  readonly key: string
  readonly bound: BoundModel
  readonly shared?: SharedDensity
}

export interface Companions {
  /** Gives an order to the other devices. */
  post(order: BindOrder | ShareOrder): void
  /** Told once for each binding how many threads compute, and why not more. */
  say(line: string): void
}

/** Binds models for the tasks of one coordinator. The last binding stays: the next chain of the shard goes on with warm code. */
export class DensitySplitter {
  #binding: Binding | undefined

  /** Whether all other devices, if there are any, can still compute. */
  get isWhole(): boolean {
    return this.#binding?.shared?.isWhole ?? true
  }

  /** What `TaskHooks.bind` is for this order. */
  bind(order: TaskOrder, companions: Companions, model: Model, data: ShardData, summary: Json): BoundModel {
    const key = JSON.stringify([order.devices, summary, Object.keys(order.task.powers.standIns ?? {})])
    const known = this.#binding
    if (known && known.data === data && known.model === model && known.key === key) {
      known.shared?.serve(order)
      return known.bound
    }
    this.release()
    this.#binding = { data, model, key, ...bindShared(order, companions, model, data, summary) }
    return this.#binding.bound
  }

  /** Nothing of these rows is needed any more. */
  forget(data: ShardData): void {
    if (this.#binding?.data === data) this.release()
  }

  /** Lets the other devices go, as after a failure: the next task binds anew. */
  release(): void {
    this.#binding?.shared?.close()
    this.#binding = undefined
  }
}

function bindShared(
  order: TaskOrder,
  { post, say }: Companions,
  model: Model,
  data: ShardData,
  summary: Json,
): Pick<Binding, 'bound' | 'shared'> {
  const { task, runDirectory } = order
  const alone = (bound: BoundModel, reason: string): Pick<Binding, 'bound'> => {
    say(`the likelihood is computed on one thread: ${reason}`)
    return { bound }
  }
  if (order.devices < 2) return { bound: model.bind(data, summary) }
  if (model.rows === 'joint') return alone(model.bind(data, summary), 'it is joint over all rows')
  const small = tooSmall({ rows: data.rows, dimension: task.load.dimension })
  if (small !== undefined) return alone(model.bind(data, summary), small)

  const most = Math.min(order.devices, blocksOf(data.rows))
  const meeting = meetingMemory(most)
  const columns = sharedColumns(model, data)
  const { powers } = task
  const began = performance.now()
  post({ type: 'bind', devices: most, runDirectory, model: task.model, rows: data.rows, columns, summary, powers, meeting })
  let bound: BoundModel
  let blocks: DensityBlocks | undefined
  try {
    bound = model.bind(data, summary)
    blocks = bound.blocks?.(powers)
  } catch (error) {
    closeMeeting(meeting)
    throw error
  }
  if (blocks === undefined) {
    closeMeeting(meeting)
    post({ type: 'share', parts: [], question: questionOf(0) })
    return alone(bound, bound.blocks ? 'no sum over its rows is left to compute' : 'the model was not compiled by the modelling language')
  }
  const devices = Math.min(most, blocks.count)
  const parts = cutBlocks(data.rows, blocks.count, devices).map(({ from, to }): BlockPart => ({
    from,
    to,
    numbers: numbersOf(blocks, from, to),
  }))
  const question = questionOf(bound.dimension)
  post({ type: 'share', parts, question })
  const shared = new SharedDensity(meeting, { order, devices, sums: blocks.sums, question, bindMs: performance.now() - began })
  blocks.share({ parts, device: 0, begin: (at, raised) => shared.begin(at, raised), meet: () => shared.meet() })
  say(`the likelihood is computed on ${devices} threads: ${parts.map(({ from, to }) => to - from).join(' + ')} blocks of rows`)
  return { bound, shared }
}

const sharedNumbers = (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(8 * length))

const questionOf = (dimension: number): Question => ({ position: sharedNumbers(dimension), powers: sharedNumbers(3) })

const numbersOf = (blocks: DensityBlocks, from: number, to: number): readonly Float64Array[] =>
  Array.from({ length: blocks.sums }, (_, sum) => sharedNumbers(blocks.lengthOf(sum, from, to)))

interface SharedDensityRequest {
  readonly order: TaskOrder
  readonly devices: number
  readonly sums: number
  readonly question: Question
  /** How long this thread took to bind the model, in milliseconds. */
  readonly bindMs: number
}

/** One density on several threads. A failure of any of them is thrown out of the evaluation that waits for it. */
class SharedDensity {
  readonly #memory: MeetingMemory
  readonly #coordination: Coordination
  readonly #question: Question
  readonly #sums: number
  readonly #bindMs: number
  #order: TaskOrder
  #isReady = false
  #isWhole = true
  #met = 0
  #began = 0
  #slowest = 0
  /** When it was first seen that the task shall stop. */
  #stopSeen: number | undefined

  constructor(memory: MeetingMemory, { order, devices, sums, question, bindMs }: SharedDensityRequest) {
    this.#memory = memory
    this.#order = order
    this.#question = question
    this.#sums = sums
    this.#bindMs = bindMs
    this.#coordination = new Coordination(memory, devices, sums, waited => this.#look(waited))
  }

  get isWhole(): boolean {
    return this.#isWhole
  }

  /** The task of this order evaluates from now on. */
  serve(order: TaskOrder): void {
    this.#order = order
    this.#stopSeen = undefined
  }

  begin(position: Float64Array, powers: Powers): void {
    if (!this.#isReady) this.#coordination.ready()
    this.#isReady = true
    this.#question.position.set(position)
    this.#question.powers[0] = powers.prior
    this.#question.powers[1] = powers.jacobian
    this.#question.powers[2] = powers.likelihood
    this.#met = 0
    this.#began = performance.now()
    this.#coordination.begin()
  }

  meet(): true {
    this.#coordination.meet()
    this.#met++
    if (this.#met === this.#sums) this.#slowest = Math.max(this.#slowest, performance.now() - this.#began)
    return true
  }

  close(): void {
    closeMeeting(this.#memory)
  }

  #look(waited: number): void {
    const { task, attempt, signs, silence } = this.#order
    const failure = failureOfMeeting(this.#memory)
    if (failure !== undefined) throw this.#broken(new TaskError(failure))
    if (Atomics.load(signs, STOP_SIGN) !== 0) {
      const now = performance.now()
      this.#stopSeen ??= now
      const patience = this.#isReady ? STOP_PATIENCE : 0
      if (now - this.#stopSeen >= patience)
        throw this.#broken(new TaskStoppedError({ task: task.id, attempt, iteration: 0, reason: 'stop' }))
    }
    const limit = Math.max(silence, SLOWEST_GRADIENTS * (this.#isReady ? this.#slowest : this.#bindMs))
    if (waited > limit) {
      const message =
        `a thread that computes part of the likelihood of task ${task.id} gave no answer for ${Math.round(waited / 1000)} s: ` +
        'does the model wait for something, or loop without end?'
      throw this.#broken(new TaskError({ cause: 'lost', code: 'CHORALE_TASK_LOST', message, retryable: true }))
    }
  }

  #broken<E extends Error>(error: E): E {
    this.#isWhole = false
    return error
  }
}
