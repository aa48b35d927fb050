import { setTimeout as sleep } from 'node:timers/promises'

/** `-W block=true`: the exit status of the job, once it has ended. */
export async function waitForEnd(state, seq) {
  for (;;) {
    const job = state.read(seq)
    if (!job) return 2
    if (job.elements.every(element => element.state === 'F')) return Math.max(...job.elements.map(({ exitStatus = 2 }) => exitStatus & 255))
    await sleep(30)
  }
}
