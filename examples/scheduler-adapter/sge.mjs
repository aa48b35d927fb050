/**
 * A backend for Grid Engine in one file, without imports: an adapter that says which commands to run and what their answers mean. Submitting once, polling, adopting
 * lost jobs, retries by cause, checkpoints before the walltime, cancelling and resuming are done by `host.batchBackend`, for every scheduler alike.
 *
 * Written from the manual pages of Son of Grid Engine 8.1.9 (qsub, qstat, qdel, qacct, sge_status), and checked with it.
 */

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/
const MIB = 1024 * 1024
/** Ids on one command line. */
const AT_ONCE = 200

/** All jobs of the user: `qstat` cannot be asked for the states of single ones. `$user` is qstat's own word for the user. */
const ALL_JOBS = ['qstat', '-xml', '-u', '$user', '-s', 'prs', '-g', 'd']

const NOT_REACHED = /commlib error: (got select error|can't connect|can't resolve)|unable to contact qmaster/
const NO_ANSWER = /commlib error|got (send|receive|read) error|timeout/i

const wordsOf = ({ stdout, stderr, code }) => (stderr.trim() || stdout.trim() || `exit code ${code}`).replaceAll(/\s*\n\s*/g, '; ')
const chunks = items => Array.from({ length: Math.ceil(items.length / AT_ONCE) }, (_, i) => items.slice(i * AT_ONCE, (i + 1) * AT_ONCE))

/** @param {{ parallelEnvironment?: string, memoryResource?: string, shell?: string }} options */
export const gridEngine = ({ parallelEnvironment = 'smp', memoryResource = 'mem_free', shell = '/bin/sh' }) => ({
  scheduler: 'Grid Engine',
  commands: ['qsub', 'qstat', 'qdel', 'qacct'],
  environment: ['SGE_ROOT', 'SGE_CELL', 'SGE_QMASTER_PORT', 'SGE_EXECD_PORT', 'SGE_CLUSTER_NAME'],
  directivePrefix: '#$',

  async identify(ask) {
    const help = await ask(['qstat', '-help'])
    const jobs = await ask(ALL_JOBS)
    if (jobs.code !== 0) throw new Error(`qstat does not answer: ${wordsOf(jobs)}`)
    return {
      scheduler: 'Grid Engine',
      dialect: 'sge',
      version: help.stdout.split('\n')[0].trim() || 'unknown',
      // Elements count from 1 here and from 0 in the scripts of jobs, so that every task is a job of its own.
      arrays: { least: 1, most: 0, throttle: false },
      notes: ['ends of jobs are kept by accounting (qacct)'],
    }
  },

  // SGE_TASK_ID is the word "undefined" in a job that is no array: the index is asked of a variable that nobody sets.
  variables: () => ({ index: 'CHORALE_NO_ARRAY', job: 'JOB_ID' }),

  submission({
    name,
    script,
    output,
    queue,
    account,
    project,
    walltimeSeconds,
    warnSeconds,
    memoryBytes,
    cpus,
    after,
    afterAll = [],
    held,
  }) {
    const jobs = [...(after ? [after] : []), ...afterAll].map(({ job }) => job)
    const wallclock = walltimeSeconds === undefined ? [] : [`h_rt=${Math.ceil(walltimeSeconds)}`]
    // At the soft limit the job gets USR1, which its script passes on.
    const warning = walltimeSeconds === undefined || !warnSeconds ? [] : [`s_rt=${Math.max(1, Math.floor(walltimeSeconds - warnSeconds))}`]
    // Not h_vmem: it limits the address space, of which WebAssembly reserves much more than it uses.
    const memory = memoryBytes === undefined ? [] : [`${memoryResource}=${Math.ceil(memoryBytes / MIB)}M`]
    const limits = [...wallclock, ...warning, ...memory].join(',')
    return [
      ...['qsub', '-terse', '-b', 'n', '-N', name, '-j', 'y', '-o', `${output}/${name}.0.out`, '-S', shell, '-r', 'y', '-m', 'n'],
      ...(queue === undefined ? [] : ['-q', queue]),
      ...(account === undefined ? [] : ['-A', account]),
      ...(project === undefined ? [] : ['-P', project]),
      ...(limits === '' ? [] : ['-l', limits]),
      ...(cpus > 1 ? ['-pe', parallelEnvironment, String(cpus)] : []),
      ...(jobs.length === 0 ? [] : ['-hold_jid', jobs.join(',')]),
      ...(held ? ['-h'] : []),
      script,
    ]
  },

  readSubmission(answer) {
    const { code, stdout, stderr } = answer
    const words = wordsOf(answer)
    const job = stdout
      .split('\n')
      .map(line => line.trim())
      .findLast(line => /^\d+$/.test(line))
    if (code === 0) return job === undefined ? { kind: 'unclear', words } : { kind: 'accepted', job }
    if (NOT_REACHED.test(stderr)) return { kind: 'refused', transient: true, words }
    // The request may have arrived.
    if (code === 124 || code > 128 || stderr.trim() === '' || NO_ANSWER.test(stderr)) return { kind: 'unclear', words }
    if (/jobs are allowed per user|maximum number of/i.test(stderr)) return { kind: 'refused', transient: true, words }
    return { kind: 'refused', transient: false, words, ...fixOf(stderr) }
  },

  find: () => [ALL_JOBS],
  readFind([answer], name) {
    const { jobs, whole } = readJobs(answer)
    if (!whole) return { jobs: undefined, words: wordsOf(answer) }
    return { jobs: jobs.filter(job => job.name === name).map(({ number }) => ({ job: number })) }
  },

  look: (detail, addresses) => [ALL_JOBS, ...(detail === 'ends' ? addresses.map(({ job }) => ['qacct', '-j', job]) : [])],
  readLook(_, [list, ...accounts]) {
    const { jobs, whole } = readJobs(list)
    const problems = whole ? [] : [`qstat: ${wordsOf(list)}`]
    const views = new Map()
    // Without the list, a job with an account may run once more.
    for (const answer of whole ? accounts : []) {
      const view = readAccount(answer.stdout)
      if (view) views.set(view.job, view)
      // A job that is not in the accounting file lives, or has just ended.
      else if (!/not found/.test(answer.stderr)) problems.push(`qacct: ${wordsOf(answer)}`)
    }
    // What lives runs, perhaps once more, whatever the accounts say.
    for (const { number, name, state, node } of jobs) views.set(number, { job: number, name, ...stateOf(state), ...(node && { node }) })
    return { views: [...views.values()], complete: problems.length === 0, problems }
  },

  remove: addresses => chunks(addresses.map(({ job }) => job)).map(ids => ['qdel', ...ids]),
  readRemoval(answer) {
    const said = `${answer.stdout}\n${answer.stderr}`
    const complaints = said.split('\n').filter(line => /denied|error/i.test(line) && !/does not exist/.test(line))
    const accepted = complaints.length === 0 && (answer.code === 0 || /does not exist/.test(said))
    return { accepted, transient: !accepted && NO_ANSWER.test(said), words: wordsOf(answer) }
  },

  show: ({ job }) => job,

  check({ queue, account, project, output, array }) {
    const names = Object.entries({ queue, account, project }).filter(([, name]) => name !== undefined && !NAME.test(name))
    return [
      ...names.map(([setting, name]) => ({ setting, problem: `${JSON.stringify(name)} is not a name that Grid Engine takes` })),
      // qsub reads what is before a colon as a host, a comma as the end of a path, and replaces $USER and the like.
      // eslint-disable-next-line no-control-regex -- what must not be in a path of qsub
      ...(/[:,$\x00-\x1f]/.test(output)
        ? [
            {
              setting: 'output.directory',
              problem: `the path ${JSON.stringify(output)} has one of : , $ in it, which qsub reads as something else`,
            },
          ]
        : []),
      ...(array ? [{ setting: 'mode', problem: 'arrays are not used here' }] : []),
    ]
  },
})

function fixOf(words) {
  if (/unknown queue/.test(words)) return { fix: 'set backend.queue to one of those that `qconf -sql` lists' }
  if (/project/.test(words)) return { fix: 'set backend.project to one of those that `qconf -sprjl` lists' }
  if (/parallel environment/.test(words)) return { fix: 'set backend.parallelEnvironment to one of those that `qconf -spl` lists' }
  return {}
}

const valueOf = (text, tag) => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text)?.[1]

/** The jobs of `qstat -xml`. An answer without its end was cut. */
function readJobs({ code, stdout }) {
  const whole = code === 0 && stdout.trimEnd().endsWith('</job_info>')
  const blocks = [...stdout.matchAll(/<job_list [^>]*>(.*?)<\/job_list>/gs)].map(([, block]) => block)
  const jobs = blocks.flatMap(block => {
    const number = valueOf(block, 'JB_job_number')
    const state = valueOf(block, 'state')
    if (number === undefined || state === undefined) return []
    return [{ number, state, name: valueOf(block, 'JB_name'), node: valueOf(block, 'queue_name')?.split('@')[1] }]
  })
  return { jobs, whole }
}

/** Letters of sge_status(5): h held, q queued, w waiting, R again, t r running, s S T suspended, d being deleted, E in error. */
function stateOf(letters) {
  const word = letters
  if (!/^[hqwRtrsSTdE]+$/.test(letters)) return { state: 'unknown', word }
  if (letters.includes('d')) return { state: 'ending', word }
  // A job in error waits for an administrator, or for qmod -cj.
  if (letters.includes('E')) return { state: 'waiting', word, reason: `${letters}: qstat -j says why`, neverRuns: true }
  if (letters.includes('q')) return { state: letters.includes('h') ? 'held' : 'waiting', word }
  return { state: 'running', word }
}

/** The last record of `qacct -j`, one for each time that the job ran; undefined where there is none, or where it was cut. */
function readAccount(text) {
  const records = text.split(/^={20,}$/m).slice(1)
  const last = records.at(-1)
  const field = name => new RegExp(`^${name} +(.*?) *$`, 'm').exec(last ?? '')?.[1]
  const job = field('jobnumber')
  const [, status] = /^exit_status +(\d+)[^\n]*\nru_wallclock/m.exec(last ?? '') ?? []
  if (job === undefined || status === undefined) return undefined
  const failed = field('failed') ?? ''
  return {
    job,
    name: field('jobname'),
    state: 'ended',
    word: 'ended',
    node: field('hostname'),
    runs: records.length,
    end: endOf(parseInt(failed, 10), Number(status), `failed ${failed}, exit_status ${status}`),
  }
}

/** "failed" of sge_status(5): 0 ran and exited, 25 scheduled again, 37 over its limit, 100 ended by a signal; the others are before the job's start. */
function endOf(failed, status, words) {
  if (failed === 37) return { cause: 'walltime', words }
  if (failed === 24 || failed === 25) return { cause: 'requeued', words }
  if (failed > 0 && failed < 12) return { cause: 'never-ran', words }
  if (failed >= 26 && failed < 37) return { cause: 'never-ran', words }
  const signal = status > 128 ? { signal: status - 128 } : {}
  // Deleted, over a limit that the system enforces, or its node was lost: Grid Engine does not say which.
  if (failed === 100) return { cause: 'unknown', ...signal, words }
  return { cause: status === 0 ? 'completed' : 'exit', exitCode: status, ...signal, words }
}

const capabilities = {
  supportsSharding: true,
  maxParallelShards: 100_000,
  isolation: 'process',
  detachable: true,
  interactive: false,
}

const text = { type: 'string', minLength: 1 }
const seconds = { type: 'number', minimum: 0 }
const count = { type: 'integer', minimum: 1 }
const duration = { type: ['string', 'number'] }

/** A plugin: `plugins: ['./sge.mjs']` and `backend: { name: 'sge', queue: 'all.q', walltime: '01:00:00' }`. */
export default {
  name: 'chorale-backend-sge',
  apiVersion: 1,
  backends: [
    {
      name: 'sge',
      summary: 'Jobs of Grid Engine, which go on without the client',
      capabilities,
      options: {
        type: 'object',
        properties: {
          queue: text,
          account: text,
          project: text,
          walltime: duration,
          maxWalltime: duration,
          memoryPerJob: duration,
          maxMemoryPerJob: duration,
          cpus: count,
          mode: { enum: ['auto', 'single', 'packed'] },
          tasksPerJob: count,
          continuations: { type: 'integer', minimum: 0 },
          pollIntervalMin: seconds,
          pollIntervalMax: seconds,
          walltimeMargin: seconds,
          fileLatency: seconds,
          node: text,
          env: { type: 'object', additionalProperties: { type: 'string' } },
          modules: { type: 'array', items: text },
          prologue: { type: 'array', items: { type: 'string' } },
          epilogue: { type: 'array', items: { type: 'string' } },
          directives: { type: 'array', items: text },
          shell: text,
          parallelEnvironment: { ...text, description: 'Of jobs with several processors. Default: smp.' },
          memoryResource: { ...text, description: 'What memory is asked for by. Default: mem_free.' },
        },
        additionalProperties: false,
      },
      create: (options, host) => host.batchBackend('sge', capabilities, gridEngine(options), options),
    },
  ],
}
