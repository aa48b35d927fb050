/**
 * A backend for Chorale in one file, without imports. Copy it, then replace what `start` does by your own way of running a task.
 *
 * A backend decides where tasks run. A task is one chain of one shard (or one shard's density at some positions): plain JSON that names a model, the
 * rows of a shard and a seed. You never look into it. You start it somewhere, pass on what it reports, and say how it ended. The queue, further
 * attempts, time limits and lost tasks are Chorale's: `host.liveBackend` adds them to the few functions below, which are called a transport.
 *
 * This backend runs tasks in the process that plans the run. Before each one it waits, as a remote service would.
 */

/* global clearTimeout */

/** What this backend can do; say only what differs from the defaults. */
const capabilities = {
  // Several shards in flight, at most four.
  supportsSharding: true,
  maxParallelShards: 4,
  // Tasks run in the process that plans: the model may be an object instead of the path of a module, but its crash is everyone's crash.
  sameProcess: true,
  isolation: 'none',
}

/** A plugin is a plain object. One plugin may bring several backends, and combiners, samplers and data sources too. */
export default {
  name: 'chorale-backend-tutorial',
  // The version of the contracts that this file was written for.
  apiVersion: 1,
  backends: [
    {
      // What users write: `backend: tutorial`, or `backend: { name: tutorial, latencySeconds: 0.5 }`.
      name: 'tutorial',
      aliases: ['in-process'],
      summary: 'Runs tasks in this process, each after a waiting time: a template for backends',

      // Everything but `create` is data: `chorale backends` lists it without running any of your code.
      capabilities,

      // A JSON Schema. It is checked, with the user's file and key in the message, before anything runs; `create` gets what passed.
      options: {
        type: 'object',
        properties: {
          latencySeconds: { type: 'number', minimum: 0, description: 'Seconds between asking for a task and its start. Default: 0.' },
        },
        additionalProperties: false,
      },

      // Called when a run has chosen this backend. If you need a heavy library, `await import()` it here (and make the function async).
      create(options, host) {
        const waitMilliseconds = 1000 * (options.latencySeconds ?? 0)
        return host.liveBackend('tutorial', capabilities, createTransport(waitMilliseconds))
      },
    },
  ],
}

function createTransport(waitMilliseconds) {
  // What the run lets us use: `runTask`, limits, a log, the run directory.
  let context
  const running = new Set()

  return {
    /** Called before the first task. Connect to your service here; throw if it does not answer. */
    async open(runContext) {
      context = runContext
    },

    /** Starts one attempt of one task and returns at once. Whether it went well is told by `outcome`, later. */
    start(task, attempt, emit) {
      const started = startTask({ task, attempt, emit, context, waitMilliseconds })
      running.add(started)
      const forget = () => running.delete(started)
      started.outcome.then(forget, forget)
      return started
    },

    /** Called when the run is over, perhaps early, perhaps twice. Leave nothing behind. */
    async close() {
      await Promise.all([...running].map(task => task.kill()))
    },
  }
}

function startTask({ task, attempt, emit, context, waitMilliseconds }) {
  let stopRequested = false
  let endWaiting
  const waiting = new Promise(resolve => {
    const timer = setTimeout(resolve, waitMilliseconds)
    endWaiting = () => {
      clearTimeout(timer)
      resolve()
    }
  })

  /**
   * Resolves with the result, or with what was reached when the task was stopped. Anything that is thrown counts as a failure: `runTask` throws errors
   * that say whether the model, the data or the machine was to blame, and another attempt is made where one may help. Let them through.
   */
  async function run() {
    await waiting
    if (stopRequested) return { task: task.id, attempt, iteration: 0, reason: 'stop' }
    emit({ type: 'started', task: task.id, attempt, at: Date.now(), where: `process ${process.pid}` })
    try {
      // Loads the model and the shard's rows, samples, and writes the draws under the run directory. A backend that runs tasks elsewhere sends `task`
      // there (it is JSON) and calls the same function in that place.
      return await context.runTask(task, { attempt, emit, shouldStop: () => stopRequested })
    } catch (error) {
      // After `shouldStop` said so, `runTask` writes a checkpoint and throws this. It is no failure: the run can be resumed.
      if (error?.name === 'TaskStoppedError') return error.stopped
      throw error
    }
  }

  /** Asks the task to write a checkpoint and end. `runTask` looks at the flag after every step of the sampler. */
  function stop() {
    stopRequested = true
    endWaiting()
  }

  const outcome = run()
  return {
    outcome,
    stop,
    /**
     * Makes the task end, within two seconds. With a process of your own, kill it here. Our own process cannot be killed, so this is a second `stop`,
     * and a task that does not listen is given up.
     */
    async kill() {
      stop()
      const limit = new Promise(resolve => setTimeout(resolve, 1500).unref())
      await Promise.race([outcome.catch(() => undefined), limit])
    },
  }
}
