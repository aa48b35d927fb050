import { isDeepStrictEqual } from 'node:util'
import type { ServerFacts } from '@chorale/core/contracts'
import { demand, messageOf, type Check } from '../check.js'
import { inAnotherWorld } from './another-world.js'
import { factsOf, knownAddresses, ORDINARY, type SchedulerTrial } from './trial.js'

/** What the adapter gives for everything that the recordings hold. */
function everything({ adapter, recordings }: SchedulerTrial, addresses: ReturnType<typeof knownAddresses>, facts: ServerFacts): unknown {
  const request = { ...ORDINARY, walltimeSeconds: 3600, memoryBytes: 2 ** 30 }
  const details = ['live', 'ends'] as const
  return {
    variables: adapter.variables(facts),
    check: adapter.check?.(request, facts),
    submission: adapter.submission(request, facts),
    submitted: recordings.submissions.map(({ answer }) => adapter.readSubmission(answer, facts)),
    find: adapter.find(request.name, facts),
    found: recordings.finds.map(({ answers, name }) => adapter.readFind(answers, name, facts)),
    look: details.map(detail => adapter.look(detail, addresses, facts)),
    seen: recordings.looks.map(({ detail, answers }) => adapter.readLook(detail, answers, facts)),
    remove: adapter.remove(addresses, facts),
    removed: recordings.removals.map(({ answer }) => adapter.readRemoval(answer, facts)),
    show: addresses.map(adapter.show),
  }
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) frozen(inner)
    Object.freeze(value)
  }
  return value
}

/** An adapter is pure: core asks the commands, writes the files and knows the time. */
export const purityChecks: readonly Check<SchedulerTrial>[] = [
  {
    name: 'asks nobody but its arguments',
    run: async trial => {
      const facts = await factsOf(trial)
      const addresses = knownAddresses(trial)
      const here = everything(trial, addresses, facts)
      const { outcome, called } = inAnotherWorld(() => everything(trial, addresses, facts))
      demand(called.length === 0, () => `it called ${called.join(', ')}: an adapter reads no file and starts no process`)
      demand('value' in outcome, () => `it threw in another environment: ${'error' in outcome ? messageOf(outcome.error) : ''}`)
      demand(
        isDeepStrictEqual(outcome.value, here),
        'with other variables, at another time or by chance it gives something else for the same arguments',
      )
    },
  },
  {
    name: 'leaves what it is given as it is',
    run: async trial => {
      const copy = structuredClone(trial.recordings)
      const facts = structuredClone(await factsOf(trial))
      const before = structuredClone([copy, facts])
      everything({ ...trial, recordings: frozen(copy) }, frozen(knownAddresses(trial)), frozen(facts))
      demand(isDeepStrictEqual([copy, facts], before), 'it wrote into what it was given')
    },
  },
]
