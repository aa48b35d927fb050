/** What a thread needs to run tasks. All else is in the bundle that it loads, so this is light: each thread loads it anew. */
export { isTaskError, isTaskStoppedError } from '../contracts/task.js'
export { toShardData } from '../run-directory/shard-data.js'
export { runTaskFromBundle } from './load-job.js'
