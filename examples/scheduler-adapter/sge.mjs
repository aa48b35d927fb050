/**
 * A backend for Grid Engine in one file, without imports: an adapter that says which commands to run and what their answers mean. Submitting once, polling, adopting
 * lost jobs, retries by cause, checkpoints before the walltime, cancelling and resuming are done by `host.batchBackend`, for every scheduler alike.
 *
 * Written from the manual pages of Son of Grid Engine 8.1.9 (qsub, qstat, qdel, qacct, sge_conf, sge_status); single jobs were checked with it.
 */

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/
const MIB = 1024 * 1024
/** max_aj_tasks of sge_conf(5) where the site says nothing else. */
const ARRAY_SIZE = 75_000
/** Ids on one command line. */
const AT_ONCE = 200

/** All jobs of the user: `qstat` cannot be asked for the states of single ones. `$user` is qstat's own word for the user. */
const ALL_JOBS = ['qstat', '-xml', '-u', '$user', '-s', 'prs', '-g', 'd']

const NOT_REACHED = /commlib error: (got select error|can't connect|can't resolve)|unable to contact qmaster/
const GONE = /do(es)? not exist/
const NO_ANSWER = /commlib error|got (send|receive|read) error|timeout/i

const wordsOf = ({ stdout, stderr, code }) => (stderr.trim() || stdout.trim() || `exit code ${code}`).replaceAll(/\s*\n\s*/g, '; ')
const chunks = items => Array.from({ length: Math.ceil(items.length / AT_ONCE) }, (_, i) => items.slice(i * AT_ONCE, (i + 1) * AT_ONCE))

/** @param {{ parallelEnvironment?: string, memoryResource?: string, shell?: string }} options */
export const gridEngine = ({ parallelEnvironment = 'smp', memoryResource = 'mem_free', shell = '/bin/sh' }) => ({
  scheduler: 'Grid Engine',
  commands: ['qsub', 'qstat', 'qdel', 'qacct', 'qconf'],
  environment: ['SGE_ROOT', 'SGE_CELL', 'SGE_QMASTER_PORT', 'SGE_EXECD_PORT', 'SGE_CLUSTER_NAME'],
  directivePrefix: '#$',

  async identify(ask) {
    const help = await ask(['qstat', '-help'])
    const jobs = await ask(ALL_JOBS)
    if (jobs.code !== 0) throw new Error(`qstat does not answer: ${wordsOf(jobs)}`)
    const { stdout: configuration } = await ask(['qconf', '-sconf'])
    const [, most = ARRAY_SIZE] = /^max_aj_tasks +([1-9]\d*)$/m.exec(configuration) ?? []
    return {
      scheduler: 'Grid Engine',
      dialect: 'sge',
      version: help.stdout.split('\n')[0].trim() || 'unknown',
      arrays: { least: 1, most: Number(most), throttle: true, firstIndex: 1 },
      notes: ['ends of jobs are kept by accounting (qacct)'],
    }
  },

  variables: () => ({ index: 'SGE_TASK_ID', job: 'JOB_ID' }),

  submission({
    name,
    array,
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
    // Element by element, where both are arrays of the same length, as core asks for it.
    const hold = array && after && after.index === undefined ? '-hold_jid_ad' : '-hold_jid'
    const file = `${output}/${name}.${array ? '$TASK_ID' : '0'}.out`
    const wallclock = walltimeSeconds === undefined ? [] : [`h_rt=${Math.ceil(walltimeSeconds)}`]
    // At the soft limit the job gets USR1, which its script passes on.
    const warning = walltimeSeconds === undefined || !warnSeconds ? [] : [`s_rt=${Math.max(1, Math.floor(walltimeSeconds - warnSeconds))}`]
    // Not h_vmem: it limits the address space, of which WebAssembly reserves much more than it uses.
    const memory = memoryBytes === undefined ? [] : [`${memoryResource}=${Math.ceil(memoryBytes / MIB)}M`]
    const limits = [...wallclock, ...warning, ...memory].join(',')
    return [
      ...['qsub', '-terse', '-b', 'n', '-N', name, '-j', 'y', '-o', file, '-S', shell, '-r', 'y', '-m', 'n'],
      ...(array ? ['-t', `${array.first}-${array.last}`] : []),
      ...(array?.atOnce === undefined ? [] : ['-tc', String(array.atOnce)]),
      ...(queue === undefined ? [] : ['-q', queue]),
      ...(account === undefined ? [] : ['-A', account]),
      ...(project === undefined ? [] : ['-P', project]),
      ...(limits === '' ? [] : ['-l', limits]),
      ...(cpus > 1 ? ['-pe', parallelEnvironment, String(cpus)] : []),
      ...(jobs.length === 0 ? [] : [hold, jobs.join(',')]),
      ...(held ? ['-h'] : []),
      script,
    ]
  },

  readSubmission(answer) {
    const { code, stdout, stderr } = answer
    const words = wordsOf(answer)
    // An array is 12.1-40:1.
    const job = stdout
      .split('\n')
      .map(line => /^(\d+)(\.\d+-\d+:\d+)?$/.exec(line.trim())?.[1])
      .findLast(id => id !== undefined)
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
    return { jobs: [...new Set(jobs.filter(job => job.name === name).map(({ number }) => number))].map(job => ({ job })) }
  },

  look: (detail, addresses) => [
    ALL_JOBS,
    ...(detail === 'ends' ? [...new Set(addresses.map(({ job }) => job))].map(job => ['qacct', '-j', job]) : []),
  ],
  readLook(_, [list, ...accounts]) {
    const { jobs, whole } = readJobs(list)
    const problems = whole ? [] : [`qstat: ${wordsOf(list)}`]
    const views = new Map()
    // Without the list, a job with an account may run once more.
    for (const answer of whole ? accounts : []) {
      const ended = readAccounts(answer.stdout)
      for (const view of ended ?? []) views.set(show(view), view)
      // A job that is not in the accounting file lives, or has just ended.
      if (!ended && !/not found/.test(answer.stderr)) problems.push(`qacct: ${wordsOf(answer)}`)
    }
    // What lives runs, perhaps once more, whatever the accounts say.
    for (const { number, index, name, state, node } of jobs) {
      const address = addressOf(number, index)
      views.set(show(address), { ...address, name, ...stateOf(state), ...(node && { node }) })
    }
    return { views: [...views.values()], complete: problems.length === 0, problems }
  },

  remove: addresses => chunks(addresses.map(show)).map(ids => ['qdel', ...ids]),
  readRemoval(answer) {
    const said = `${answer.stdout}\n${answer.stderr}`
    const complaints = said.split('\n').filter(line => /denied|error/i.test(line) && !GONE.test(line))
    const accepted = complaints.length === 0 && (answer.code === 0 || GONE.test(said))
    return { accepted, transient: !accepted && NO_ANSWER.test(said), words: wordsOf(answer) }
  },

  show,

  check({ queue, account, project, output }) {
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
    ]
  },
})

/** An element is 12.3. */
function show({ job, index }) {
  return index === undefined ? job : `${job}.${index}`
}

/** `tasks`: the index of an element; `undefined` in accounts of jobs that are no arrays. */
const addressOf = (job, tasks) => (/^\d+$/.test(tasks ?? '') ? { job, index: Number(tasks) } : { job })

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
    const node = valueOf(block, 'queue_name')?.split('@')[1]
    return [{ number, index: valueOf(block, 'tasks'), state, name: valueOf(block, 'JB_name'), node }]
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

/**
 * Records of `qacct -j`: one for each time that the job, or each of its elements, ran. One that says that it was scheduled again is no end. undefined where there is
 * none, or one was cut.
 */
function readAccounts(text) {
  const runs = new Map()
  const views = new Map()
  const records = text.split(/^={20,}$/m).slice(1)
  for (const record of records) {
    const view = readAccount(record)
    if (!view) return undefined
    const name = show(view)
    runs.set(name, 1 + (runs.get(name) ?? 0))
    if (view.end.cause !== 'requeued') views.set(name, { ...view, runs: runs.get(name) })
  }
  return records.length === 0 ? undefined : [...views.values()]
}

function readAccount(record) {
  const field = name => new RegExp(`^${name} +(.*?) *$`, 'm').exec(record)?.[1]
  const job = field('jobnumber')
  const [, status] = /^exit_status +(\d+)[^\n]*\nru_wallclock/m.exec(record) ?? []
  if (job === undefined || status === undefined) return undefined
  const failed = field('failed') ?? ''
  const end = endOf(parseInt(failed, 10), Number(status), `failed ${failed}, exit_status ${status}`)
  return { ...addressOf(job, field('taskid')), name: field('jobname'), state: 'ended', word: 'ended', node: field('hostname'), end }
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
          mode: { enum: ['auto', 'array', 'single', 'packed'] },
          tasksPerJob: count,
          maxParallelJobs: count,
          maxArraySize: count,
          continuations: { type: 'integer', minimum: 0 },
          pollIntervalMin: seconds,
          pollIntervalMax: seconds,
          reasonAfter: seconds,
          walltimeMargin: seconds,
          sharedFolder: { enum: ['check', 'assume'] },
          fileLatency: seconds,
          node: text,
          env: { type: 'object', additionalProperties: { type: ['string', 'number'] } },
          modules: { type: 'array', items: text },
          prologue: { type: 'array', items: { type: 'string' } },
          epilogue: { type: 'array', items: { type: 'string' } },
          directives: { type: 'array', items: text },
          shell: text,
          template: text,
          parallelEnvironment: { ...text, description: 'Of jobs with several processors. Default: smp.' },
          memoryResource: { ...text, description: 'What memory is asked for by. Default: mem_free.' },
        },
        additionalProperties: false,
      },
      create: (options, host) => host.batchBackend('sge', capabilities, gridEngine(options), options),
    },
  ],
}
