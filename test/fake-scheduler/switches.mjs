/**
 * What can be told to misbehave, and how the server is set up. Durations are in the scheduler's seconds, which pass `timeScale` times as fast as real ones.
 *
 * `faults` are about single calls: `{ command, kind, times, skip, match }`. Of the calls of `command` (`*`: of all) with an argument that contains `match`, the
 * first `skip` go well and `times` (default: all) after them do not. The kinds are in `faults.mjs`.
 */
export const SWITCHES = {
  faults: [],
  /** Nobody listens: every command fails as without a server. */
  serverDown: false,
  /** `down`: nothing starts, and no end is noticed; `up` again: what ran is killed and runs once more under the same id. */
  node: 'up',
  nodeCpus: 4,
  nodeMemoryMb: 8000,
  /** Memory that a job's processes are said to have, as a multiple of the resident size. */
  memoryScale: 1,
  enforceMemory: true,
  /** `{ name: { maxWalltime, maxQueued, started } }`; the first is the default queue. */
  queues: { workq: {} },
  maxArraySize: 10_000,
  /** New jobs get a hold of the system, which nobody releases. */
  holdNew: false,
  startDelay: 0.1,
  /** How often walltime and memory are looked at. */
  limitCheck: 2,
  /** From TERM to KILL. */
  killDelay: 10,
  history: true,
  /** How long ended jobs are known. */
  historySeconds: 14 * 86_400,
  /** Elements of arrays stay R for ever, whatever their processes do: all (`true`), or those of these indices. */
  stuckRunning: false,
  /** A job ends when its shell does, and what it started runs on. */
  survivors: false,
  /** The shared folder is slow: a job's standard output arrives this much after its end. */
  outputDelay: 0,
  /** Jobs of root are refused, as real servers do. */
  refuseRoot: false,
  /** What a site's submission hook says: every qsub is rejected with it. */
  hook: null,
  /** Without a project (-P) qsub is rejected. */
  requireProject: false,
  of: {
    openpbs: {},
    torque: { queues: { batch: {} }, startDelay: 0.5, killDelay: 0.1, historySeconds: 300 },
    slurm: { queues: { batch: {} }, maxArraySize: 1001, killDelay: 30, limitCheck: 30, historySeconds: 300 },
  },
}
