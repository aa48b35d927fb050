/** Ends jobs and looks whether they are gone. */
import type { JobAddress } from '../contracts/scheduler.js'
import type { Commander } from './commander.js'
import { look } from './watching/poller.js'

/** A running job gets some seconds for its checkpoint before it is killed, and the scheduler some to notice. */
const PATIENCE_MS = 45_000
const LOOK_MS = 1_000
/** A request that failed for a reason that may pass is repeated. */
const REPEAT_MS = 10_000

/** @returns the addresses that the scheduler still has, or of which it says nothing */
export async function removeJobs(commander: Commander, addresses: readonly JobAddress[]): Promise<readonly JobAddress[]> {
  if (addresses.length === 0) return []
  const { adapter, clock } = commander
  const facts = await commander.facts()
  const began = clock.monotonic()
  let left = addresses
  let asked = -Infinity
  while (left.length > 0 && clock.monotonic() - began < PATIENCE_MS) {
    if (clock.monotonic() - asked >= REPEAT_MS) {
      for (const command of adapter.remove(left, facts)) adapter.readRemoval(await commander.ask(command), facts)
      asked = clock.monotonic()
    }
    left = await alive(commander, left)
    if (left.length > 0) await clock.sleep(LOOK_MS)
  }
  return left
}

/** Those of the addresses that live, as far as anybody knows: an answer that cannot be read ends nothing. */
async function alive(commander: Commander, addresses: readonly JobAddress[]): Promise<readonly JobAddress[]> {
  const { show } = commander.adapter
  const { views, complete } = await look(commander, 'live', addresses)
  if (!complete) return addresses
  const living = views.filter(({ state }) => state !== 'ended')
  return addresses.filter(address =>
    living.some(view =>
      address.index === undefined
        ? view.job === address.job
        : show({ job: view.job, ...(view.index === undefined ? {} : { index: view.index }) }) === show(address) ||
          (view.job === address.job && view.index === undefined),
    ),
  )
}
