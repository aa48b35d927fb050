import { amount, readResources } from '../resources.mjs'
import { waitForEnd } from '../pbs/wait.mjs'
import { enqueue, nameOf, readAttributes, readCall, readDepend, readRange, readVariables } from '../pbs/submission.mjs'

const OPTIONS = 'a:A:c:C:e:fhIj:J:k:l:m:M:N:o:p:P:q:r:R:S:u:W:v:VXz'
const LONGEST_NAME = 230
const USAGE = `usage: qsub [-a date_time] [-A account_string] [-c interval]
	[-C directive_prefix] [-e path] [-f ] [-h ] [-I [-X]] [-j oe|eo] [-J X-Y[:Z]]
	[-k o|e|oe] [-l resource_list] [-m mail_options] [-M user_list]
	[-N jobname] [-o path] [-p priority] [-P project] [-q queue] [-r y|n]
	[-R o|e|oe] [-S path] [-u user_list] [-W otherattributes=value...]
	[-v variable_list] [-V ] [-z] [script | -- command [arg1 ...]]
       qsub --version
`
const refuse = (code, words, usage = '') => ({ code, stderr: `qsub: ${words}\n${usage}` })

export async function main(argv, { state, switches }) {
  if (argv.includes('--version')) return { stdout: `pbs_version = ${state.server.version}\n` }
  const call = readCall(argv, OPTIONS)
  if (call.wrong) return { code: 2, stderr: `qsub: invalid option -- '${call.wrong}'\n${USAGE}` }
  if (call.missing !== undefined) return refuse(1, 'script file:: No such file or directory')
  const { given } = call
  const name = nameOf(call)
  if (given.N !== undefined && (/\s|\//.test(name) || name === '')) return refuse(2, 'illegal -N value', USAGE)
  if (name.length > LONGEST_NAME) return refuse(2, 'Job name is too long')
  const array = given.J === undefined ? null : readRange(given.J)
  if (array === undefined || array?.indices.length === 1 || given.J?.includes(',')) return refuse(2, 'illegal -J value', USAGE)
  if (array && array.indices.length > switches.maxArraySize) return refuse(3, 'Array job exceeds server or queue size limit')
  if (given.v?.includes('"')) return refuse(1, 'cannot send environment with the job')
  const queue = given.q ?? Object.keys(switches.queues)[0]
  if (!Object.hasOwn(switches.queues, queue)) return refuse(170, 'Unknown queue')
  const resources = readResources(call.lists('l'))
  if (resources.unknown) return refuse(187, `Unknown resource Resource_List.${resources.unknown}`)
  if (resources.bad) return refuse(166, `Illegal attribute or resource value Resource_List.${resources.bad}`)
  if (resources.mixed) return refuse(6, 'Cannot be used with select or place: nodes')
  const attributes = readAttributes(call.lists('W'))
  if (!attributes) return refuse(2, 'illegal -W value', USAGE)
  const asked = amount(resources.list, 'openpbs')
  const limits = switches.queues[queue]
  if (limits.maxWalltime !== undefined && asked.walltime > limits.maxWalltime)
    return refuse(188, 'Job violates queue and/or server resource limits')
  if (limits.maxQueued !== undefined && queued(state, queue) + (array?.indices.length ?? 1) > limits.maxQueued)
    return refuse(38, "would exceed queue generic's per-user limit of jobs in 'Q' state")
  if (switches.refuseRoot && process.getuid() === 0) return refuse(175, 'Bad UID for job execution')
  if (switches.hook) return refuse(32, switches.hook)
  if (switches.requireProject && given.P === undefined) return refuse(32, 'Request rejected.  Reason: specify a project with -P')
  const job = enqueue(
    state,
    {
      idOf: seq => `${seq}${array ? '[]' : ''}.${state.server.host}`,
      name,
      queue,
      account: given.A,
      project: given.P ?? '_pbs_project_default',
      array,
      resources: shown(resources.list),
      amount: asked,
      output: given.o,
      error: given.e,
      join: given.j === 'oe',
      keep: given.k ?? '',
      umask: attributes.umask === undefined ? 0o077 : parseInt(attributes.umask, 8),
      shell: given.S,
      command: call.command,
      rerunnable: array !== null || given.r !== 'n',
      hold: given.h || switches.holdNew ? (switches.holdNew ? 's' : 'u') : '',
      depend: readDepend(attributes.depend),
      variables: readVariables(given.v, process.env),
    },
    call,
  )
  const answer = given.z ? {} : { stdout: `${job.id}\n` }
  return attributes.block === 'true' ? { ...answer, code: await waitForEnd(state, job.seq) } : answer
}

const queued = (state, queue) =>
  state
    .jobs()
    .reduce((sum, job) => sum + (job.queue === queue ? job.elements.filter(({ state: at }) => at === 'Q' || at === 'H').length : 0), 0)

/** As the server shows it: the old syntax becomes a selection of chunks. */
function shown(list) {
  const { nodes, ...others } = list
  if (nodes === undefined) return { ncpus: '1', nodect: '1', place: others.select ? 'free' : 'pack', select: '1:ncpus=1', ...others }
  const ppn = /ppn=(\d+)/.exec(nodes)?.[1] ?? '1'
  const count = /^\d+/.exec(nodes)?.[0] ?? '1'
  return {
    ...others,
    ncpus: String(Number(ppn) * Number(count)),
    nodect: count,
    nodes,
    place: 'scatter',
    select: `${count}:ncpus=${ppn}:mpiprocs=${ppn}`,
  }
}
