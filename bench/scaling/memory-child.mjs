/** Runs the tasks of a plan in this process and prints its peak of resident memory, in bytes. Without a plan: what an idle Node takes. */
import { readFileSync } from 'node:fs'

/** Since this program began: what `getrusage` says includes the process that it was forked from. */
function peakBytes() {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return 1024 * Number(kilobytes)
}

const [file] = process.argv.slice(2)
if (file === undefined) {
  process.stdout.write(JSON.stringify({ peak: peakBytes() }))
} else {
  const { backendOf, sample } = await import('./planned-run.mjs')
  const { plan, backend: name, options, parallelTasks, chains } = JSON.parse(readFileSync(file, 'utf8'))
  const backend = await backendOf(name, options)
  const estimate = 1e9 * backend.estimateMemory({ ...plan.tasks[0].load, chains })
  const { lines } = await sample(plan, backend, { parallelTasks })
  await backend.cleanup()
  process.stdout.write(JSON.stringify({ peak: peakBytes(), estimate, lines }))
}
