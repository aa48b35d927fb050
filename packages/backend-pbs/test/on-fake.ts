import { startFakeScheduler, type FakeScheduler, type FakeSchedulerOptions } from '../../../test/fake-scheduler/start.js'

/** A fake scheduler whose commands are the first on this process's PATH, until it is disposed. */
export async function onFake(options: FakeSchedulerOptions): Promise<FakeScheduler> {
  const fake = await startFakeScheduler(options)
  const before = process.env.PATH
  process.env.PATH = fake.path
  return {
    ...fake,
    async dispose() {
      if (before !== undefined) process.env.PATH = before
      await fake.dispose()
    },
  }
}
