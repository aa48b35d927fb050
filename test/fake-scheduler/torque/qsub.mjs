import { enqueue, nameOf, readAttributes, readCall, readDepend, readRange, readVariables } from '../pbs/submission.mjs'
import { waitForEnd } from '../pbs/wait.mjs'
import { amount, readResources } from '../resources.mjs'

const OPTIONS = 'a:A:b:c:C:d:D:e:EfFhIj:J:k:l:L:m:M:nN:o:p:P:q:r:S:t:T:u:v:Vw:W:Xxz'
const USAGE = `usage: qsub [-a date_time] [-A account_string] [-b secs]
      [-c [ none | { enabled | periodic | shutdown |
      depth=<int> | dir=<path> | interval=<minutes>}... ]
      [-C directive_prefix] [-d path] [-D path]
      [-e path] [-h] [-I] [-j oe|eo|n] [-k {oe}] [-K <kill delay seconds>] [-l resource_list] [-m n|{abe}]
      [-M user_list] [-N jobname] [-o path] [-p priority] [-P proxy_user [-J <jobid]]
      [-q queue] [-r y|n] [-S path] [-t number_to_submit] [-T type]  [-u user_list] [-w] path
      [-W additional_attributes] [-v variable_list] [-V ] [-x] [-X] [-z] [script]
`
const refuse = (code, words) => ({ code, stderr: `qsub: submit error (${words})\n` })
const misuse = words => ({ code: 2, stderr: `qsub: ${words}\n${USAGE}` })

export async function main(argv, { state, switches }) {
  if (argv.includes('--version')) return { stdout: `Version: ${state.server.version}\nCommit: 000000\n` }
  const call = readCall(argv, OPTIONS)
  if (call.wrong) return { code: 2, stderr: `qsub: invalid option -- '${call.wrong}'\n${USAGE}` }
  if (call.missing !== undefined)
    return { code: 1, stderr: `qsub: script file '${call.missing}' cannot be loaded - No such file or directory\n` }
  const { given } = call
  if (given.J !== undefined && given.P === undefined) return { code: 2, stderr: 'The -J option can only be used in conjunction with -P\n' }
  if (given.P !== undefined) return { code: 1, stderr: 'qsub: Must be the super user to submit a proxy job\n' }
  const name = nameOf(call)
  if (given.N !== undefined && !/^[A-Za-z_][^\s/]*$/.test(name)) return misuse('illegal -N value')
  const array = given.t === undefined ? null : readRange(given.t)
  if (array === undefined) return misuse('illegal -t value')
  if (array && array.indices.length > switches.maxArraySize)
    return refuse(193, 'Requested array size too large, limit is ' + switches.maxArraySize)
  const queue = given.q ?? Object.keys(switches.queues)[0]
  if (!Object.hasOwn(switches.queues, queue)) return refuse(172, 'Unknown queue MSG=requested queue not found')
  const resources = readResources(call.lists('l'))
  if (resources.unknown) return refuse(189, `Unknown resource type  Resource_List.${resources.unknown}`)
  if (resources.bad) return refuse(168, `Illegal attribute or resource value Resource_List.${resources.bad}`)
  const attributes = readAttributes(call.lists('W'))
  if (!attributes) return misuse('illegal -W value')
  const asked = amount(resources.list, 'torque')
  const limits = switches.queues[queue]
  if (asked.ncpus > switches.nodeCpus || (asked.memory ?? 0) > switches.nodeMemoryMb * 1024 * 1024)
    return refuse(
      190,
      'Job exceeds queue resource limits MSG=cannot locate feasible nodes (nodes file is empty, all systems are busy, or no nodes present the requested feature)',
    )
  if (limits.maxWalltime !== undefined && asked.walltime > limits.maxWalltime)
    return refuse(190, 'Job exceeds queue resource limits MSG=cannot satisfy queue max walltime requirement')
  if (limits.maxQueued !== undefined && state.jobs().length + (array?.indices.length ?? 1) > limits.maxQueued)
    return refuse(228, 'Maximum number of jobs already in queue MSG=total number of jobs in queue exceeds the queue limit')
  if (switches.refuseRoot && process.getuid() === 0) return refuse(177, 'Bad UID for job execution MSG=root user root not allowed')
  if (switches.hook) return { code: 1, stderr: `qsub: ${switches.hook}\n` }
  const depend = readDepend(attributes.depend)
  const unknown = depend.some(({ on }) => on.some(id => !state.read(Number(/^\d+/.exec(id)?.[0]))))
  if (unknown) return refuse(208, 'Invalid Job Dependency')
  const job = enqueue(
    state,
    {
      idOf: seq => `${seq}${array ? '[]' : ''}.${state.server.host}`,
      name,
      queue,
      account: given.A,
      array,
      resources: {
        ...resources.list,
        nodect: String(asked.chunks),
        neednodes: resources.list.nodes ?? '1',
        nodes: resources.list.nodes ?? '1',
      },
      amount: asked,
      output: given.o,
      error: given.e,
      join: given.j === 'oe',
      keep: '',
      umask: attributes.umask === undefined ? 0o077 : parseInt(attributes.umask, 8),
      shell: given.S,
      rerunnable: given.r !== 'n',
      hold: given.h || switches.holdNew ? (switches.holdNew ? 's' : 'u') : '',
      depend,
      variables: readVariables(given.v, process.env),
    },
    call,
  )
  const answer = given.z ? {} : { stdout: `${job.id}\n` }
  return attributes.block === 'true' ? { ...answer, code: await waitForEnd(state, job.seq) } : answer
}
