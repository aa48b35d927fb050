import { readSubmissions, writeRevocation } from '../submission/submission-records.js'

/** Driver jobs that were submitted later than this one find, when they start, that they are not wanted. The scheduler is not asked. */
export async function revokeLaterDrivers(run: string, number: number, words: string): Promise<void> {
  for (const { number: later, intent, revoked } of await readSubmissions(run)) {
    if (later > number && intent.client?.role === 'driver' && !revoked)
      await writeRevocation(run, later, { format: 1, reason: 'superseded', words })
  }
}
