/** A device other than the coordinator: binds what the coordinator has bound, and computes its part of each evaluation. */
import type { BlockMeeting, BoundModel, TaskFailure } from '@chorale/core/contracts'
import { loadJob } from '@chorale/core/job'

import { Attendance, failMeeting } from './meeting-point.js'
import type { BindOrder, ShareOrder } from './messages.js'
import { shardDataOf } from './shared-rows.js'

interface Prepared {
  readonly order: BindOrder
  readonly bound: Promise<BoundModel>
}

let prepared: Prepared | undefined

/** Begins to bind the model of an order. What goes wrong is reported where it is waited for. */
export function prepare(order: BindOrder): void {
  const bound = bind(order)
  bound.catch(() => undefined)
  prepared = { order, bound }
}

async function bind({ runDirectory, model, rows, columns, summary }: BindOrder): Promise<BoundModel> {
  const job = await loadJob(runDirectory, model)
  return job.model.bind(shardDataOf(rows, columns), summary)
}

/** Computes the part of `device` until the meeting is over. This thread reads no messages meanwhile. */
export async function attend({ parts, question }: ShareOrder, device: number): Promise<void> {
  const mine = prepared
  prepared = undefined
  if (mine === undefined || device >= parts.length) return
  const { order } = mine
  try {
    serve(await mine.bound, order, { parts, question }, device)
  } catch (error) {
    failMeeting(order.meeting, failureOf(error, device, parts.length))
  }
}

function serve(
  bound: BoundModel,
  { powers: planned, meeting }: BindOrder,
  { parts, question }: Pick<ShareOrder, 'parts' | 'question'>,
  device: number,
): void {
  const blocks = bound.blocks?.(planned)
  if (blocks === undefined || blocks.sums !== parts[device]!.numbers.length)
    throw new Error('the model was bound to the same rows in another way on another thread: is it a pure function of its data?')
  const attendance = new Attendance(meeting, device, blocks.sums)
  const share: BlockMeeting = {
    parts,
    device,
    begin: () => undefined,
    meet() {
      attendance.arrive()
      return false
    },
  }
  blocks.share(share)
  const position = new Float64Array(question.position.length)
  const gradient = new Float64Array(position.length)
  let powers = planned
  attendance.ready()
  while (attendance.next()) {
    position.set(question.position)
    const [prior = 0, jacobian = 0, likelihood = 0] = question.powers
    if (prior !== powers.prior || jacobian !== powers.jacobian || likelihood !== powers.likelihood)
      powers = { ...planned, prior, jacobian, likelihood }
    bound.logDensityInto(gradient, position, powers)
  }
}

function failureOf(error: unknown, device: number, devices: number): TaskFailure {
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const message = `The model threw on thread ${device + 1} of ${devices}, which compute its log density together: ${said}`
  return { cause: 'model', code: 'CHORALE_MODEL_THREW', message, retryable: false }
}
