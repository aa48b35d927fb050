import type { JobRequest } from '@chorale/core/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { PbsOptions } from '../src/index.js'
import { pbsScheduler } from '../src/index.js'
import { answered, OPENPBS_FACTS, TORQUE_FACTS } from './recordings.js'

const request: JobRequest = {
  name: 'cabcdefghijkl',
  array: { first: 0, last: 5, atOnce: 3 },
  script: '/runs/a b/submissions/0001.sh',
  output: '/runs/a b/submissions/output',
  queue: 'workq',
  account: 'acc-1',
  walltimeSeconds: 5400,
  memoryBytes: 1.5 * 1024 ** 3 + 1,
  cpus: 2,
}
const { array: _, ...single } = request
const openPbs = (of: JobRequest, options: PbsOptions = {}): string => pbsScheduler(options).submission(of, OPENPBS_FACTS).join(' ')
const torque = (of: JobRequest, options: PbsOptions = {}): string => pbsScheduler(options).submission(of, TORQUE_FACTS).join(' ')
const adapter = pbsScheduler({})

describe('the command line of qsub', () => {
  test('OpenPBS: a selection, a project, an array with -J', () => {
    expect(pbsScheduler({}).submission({ ...request, project: 'stats' }, OPENPBS_FACTS)).toEqual([
      ...[
        'qsub',
        '-N',
        'cabcdefghijkl',
        '-f',
        '-J',
        '0-5%3',
        '-P',
        'stats',
        '-l',
        'select=1:ncpus=2:mem=1537mb',
        '-l',
        'walltime=01:30:00',
      ],
      ...['-q', 'workq', '-A', 'acc-1', '-j', 'oe', '-o', '/runs/a b/submissions/output/cabcdefghijkl.^array_index^.out'],
      ...['-r', 'y', '-W', 'umask=077', '-S', '/bin/sh', '/runs/a b/submissions/0001.sh'],
    ])
  })

  test('TORQUE: nodes, an array with -t', () => {
    expect(pbsScheduler({}).submission(request, TORQUE_FACTS)).toEqual([
      ...['qsub', '-N', 'cabcdefghijkl', '-t', '0-5%3', '-l', 'nodes=1:ppn=2', '-l', 'mem=1537mb', '-l', 'walltime=01:30:00'],
      ...['-q', 'workq', '-A', 'acc-1', '-j', 'oe', '-o', '/runs/a b/submissions/output/'],
      ...['-r', 'y', '-W', 'umask=077', '-S', '/bin/sh', '/runs/a b/submissions/0001.sh'],
    ])
  })

  test('never hands the environment of the client to the job', () => {
    for (const words of [openPbs(request), torque(request)]) expect(words).not.toMatch(/ -[vV]\b/)
  })

  test('the own selection and nodes get what is asked for', () => {
    expect(openPbs(request, { select: '1:ncpus={cpus}:mem={memory}:cputype=rome', place: 'excl' })).toContain(
      '-l select=1:ncpus=2:mem=1537mb:cputype=rome -l place=excl',
    )
    const { memoryBytes: _, ...frugal } = request
    expect(openPbs(frugal, { select: '1:ncpus={cpus}:mem={memory}:cputype=rome' })).toContain('-l select=1:ncpus=2:cputype=rome')
    expect(torque(request, { nodes: '1:ppn={cpus}:bigmem' })).toContain('-l nodes=1:ppn=2:bigmem')
  })

  test('leaves out what the site does not take', () => {
    const skipDirectives = ['walltime', 'memory', 'cpus', 'umask', 'output', 'rerunnable', 'shell'] as const
    expect(openPbs(single, { skipDirectives })).toBe('qsub -N cabcdefghijkl -f -l select=1 -q workq -A acc-1 /runs/a b/submissions/0001.sh')
    expect(torque(single, { skipDirectives })).toBe('qsub -N cabcdefghijkl -l nodes=1 -q workq -A acc-1 /runs/a b/submissions/0001.sh')
  })

  test('waits for another job however it ended, with the words that each dialect has for arrays', () => {
    const after = { job: '7[].server' }
    expect(openPbs({ ...request, after })).toContain('-W depend=afterany:7[].server')
    expect(torque({ ...request, after })).toContain('-W depend=afteranyarray:7[].server')
    expect(torque({ ...request, after: { job: '7.server' } })).toContain('-W depend=afterany:7.server')
  })

  test('a job to be held is held', () => {
    expect(openPbs({ ...single, held: true })).toMatch(/ -h \/runs/)
  })
})

describe('what cannot be asked for', () => {
  test('projects, selections and placements of TORQUE, nodes of OpenPBS', () => {
    const settings = (options: PbsOptions, of: JobRequest, facts: typeof OPENPBS_FACTS | typeof TORQUE_FACTS): readonly string[] =>
      pbsScheduler(options).check!(of, facts).map(({ setting }) => setting)
    expect(settings({ select: '1', place: 'free' }, { ...request, project: 'stats' }, TORQUE_FACTS)).toEqual(['project', 'select', 'place'])
    expect(settings({ nodes: '1:ppn=1' }, request, OPENPBS_FACTS)).toEqual(['nodes'])
    expect(settings({ select: '1', place: 'free' }, { ...request, project: 'stats' }, OPENPBS_FACTS)).toEqual([])
  })

  test('names with anything that could be more than a name', () => {
    const hostile = fc.oneof(
      fc.constantFrom('', '-q', 'a b', 'a;rm -rf /', '$(id)', '`id`', 'a\nb', "a'b", 'a"b', 'a|b', 'a&b', 'a>b', 'größe', 'a,b=c', '../x'),
      fc.string().filter(text => !/^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/.test(text)),
    )
    fc.assert(
      fc.property(hostile, fc.constantFrom('queue', 'account', 'project'), (name, setting) => {
        expect(adapter.check!({ ...single, [setting]: name }, OPENPBS_FACTS)).toContainEqual(expect.objectContaining({ setting }))
      }),
    )
  })

  test.each(['/runs/a:b', '/runs/a,b', '/runs/a\nb', '/runs/^array_index^'])('a folder that qsub reads as something else: %j', output => {
    expect(adapter.check!({ ...request, output }, OPENPBS_FACTS)).toHaveLength(1)
  })

  test('paths with blanks, quotes and other letters are arguments like any other', () => {
    const output = `/runs/Größe "it's" $(id)`
    expect(adapter.check!({ ...single, output }, OPENPBS_FACTS)).toEqual([])
    expect(adapter.submission({ ...single, output }, OPENPBS_FACTS)).toContain(`${output}/cabcdefghijkl.0.out`)
  })
})

describe('what qsub answered', () => {
  const read = (stdout: string, code = 0, stderr = '') => adapter.readSubmission(answered(stdout, code, stderr), OPENPBS_FACTS)
  const readTorque = (stdout: string, code = 0, stderr = '') => adapter.readSubmission(answered(stdout, code, stderr), TORQUE_FACTS)

  test('an id, whatever the site says around it', () => {
    expect(read('0[].pbshost\n')).toEqual({ kind: 'accepted', job: '0[].pbshost' })
    expect(read('Welcome to 1.5 PFlops\n12.pbs-01.hsn.example.org\n')).toEqual({ kind: 'accepted', job: '12.pbs-01.hsn.example.org' })
    expect(read('12.pbshost\n', 1, 'warning')).toEqual({ kind: 'accepted', job: '12.pbshost' })
  })

  test.each([
    ['qsub: Unknown queue', 170, false, 'set backend.queue'],
    ['qsub: Unknown resource Resource_List.foo', 187, false, 'backend.directives'],
    ['qsub: Job violates queue and/or server resource limits', 188, false, 'backend.walltime'],
    ['qsub: Request rejected.  Reason: specify a project with -P', 32, false, 'set backend.project'],
    ['qsub: Ask for filesystems', 32, false, 'backend.directives'],
    ['qsub: would exceed limit', 38, true, undefined],
    ['pbs_iff: all reserved ports in use', 171, true, undefined],
    ['Connection refused\nqsub: cannot connect to server pbshost (errno=15010)', 162, true, undefined],
    ['qsub: Bad UID for job execution', 175, false, 'normal user'],
  ])('%s', (words, code, transient, fix) => {
    const answer = read('', code, words)
    expect(answer).toMatchObject({ kind: 'refused', transient })
    if (answer.kind !== 'refused') return
    expect(answer.words).toContain(words.split('\n').at(-1))
    if (fix !== undefined) expect(answer.fix).toContain(fix)
  })

  test('the same code means another thing to TORQUE', () => {
    expect(readTorque('', 172, 'qsub: submit error (Unknown queue MSG=requested queue not found)')).toMatchObject({
      kind: 'refused',
      fix: expect.stringContaining('backend.queue') as string,
    })
    expect(readTorque('', 190, 'qsub: submit error (Job exceeds queue resource limits)')).toMatchObject({
      kind: 'refused',
      transient: false,
    })
    expect(readTorque('', 228, 'qsub: submit error (Maximum number of jobs already in queue)')).toMatchObject({
      kind: 'refused',
      transient: true,
    })
    expect(readTorque('', 111, 'qsub: cannot connect to server vm (errno=111) Connection refused')).toMatchObject({
      kind: 'refused',
      transient: true,
    })
  })

  test.each([
    ['no answer in time', '', 124, 'qsub gave no answer within 60 s'],
    ['a kill', '', 137, ''],
    ['a kill with the words of whoever started it', '', 137, 'Command was killed with SIGKILL (Forced termination): qsub'],
    ['garbage', 'Welcome!\n', 0, ''],
    ['nothing', '', 0, ''],
    ['an error after the job was sent', '', 162, 'qsub: System error'],
    ['a protocol error', '', 183, 'qsub: Protocol error'],
    ['half an id', '12', 0, ''],
  ])('%s may mean that the job is there', (_, stdout, code, stderr) => {
    expect(read(stdout, code, stderr).kind).toBe('unclear')
  })
})

describe('looking for a job by its name', () => {
  test('in the history where there is one; of TORQUE by an element, as arrays are not found', () => {
    expect(adapter.find('cabc', OPENPBS_FACTS)).toEqual([['qselect', '-x', '-N', 'cabc']])
    expect(adapter.find('cabc', { ...OPENPBS_FACTS, historySeconds: 0 })).toEqual([['qselect', '-N', 'cabc']])
    expect(adapter.find('cabc', TORQUE_FACTS)).toEqual([
      ['qselect', '-N', 'cabc'],
      ['qselect', '-N', 'cabc-0'],
    ])
  })

  test('elements stand for their array; no answer is not the answer "none"', () => {
    expect(adapter.readFind([answered('7[0].vm\n'), answered('')], 'cabc', TORQUE_FACTS).jobs).toEqual([{ job: '7[].vm' }])
    expect(adapter.readFind([answered('')], 'cabc', OPENPBS_FACTS).jobs).toEqual([])
    expect(adapter.readFind([answered('', 255, 'Connection refused')], 'cabc', OPENPBS_FACTS).jobs).toBeUndefined()
    expect(adapter.readFind([answered('', 0, 'PBS is not configured to maintain job history')], 'cabc', OPENPBS_FACTS).jobs).toBeUndefined()
  })
})

describe('removing jobs', () => {
  const addresses = Array.from({ length: 450 }, (_, index) => ({ job: '7[].pbshost', index }))
  const read = (code: number, stderr: string) => adapter.readRemoval(answered('', code, stderr), OPENPBS_FACTS)

  test('takes few commands, which name elements as PBS does', () => {
    const commands = adapter.remove(addresses, OPENPBS_FACTS)
    expect(commands.map(([command, ...ids]) => [command, ids.length])).toEqual([
      ['qdel', 200],
      ['qdel', 200],
      ['qdel', 50],
    ])
    expect(commands[0]?.[4]).toBe('7[3].pbshost')
  })

  test('jobs that have ended need no removal, also beside one that has not', () => {
    expect(read(35, 'qdel: Job has finished 0[].pbshost').accepted).toBe(true)
    expect(read(153, 'qdel: Unknown Job Id 9.pbshost').accepted).toBe(true)
    expect(
      adapter.readRemoval(
        answered('', 170, 'qdel: Request invalid for state of job MSG=invalid state for job - COMPLETE 1.vm'),
        TORQUE_FACTS,
      ).accepted,
    ).toBe(true)
    expect(read(35, 'qdel: Unauthorized Request 1.pbshost\nqdel: Job has finished 2.pbshost')).toMatchObject({ accepted: false })
  })

  test('a node that cannot be reached, or a server, may be later; another user never may', () => {
    expect(read(222, 'qdel: Server could not connect to MOM 93.pbshost')).toMatchObject({ accepted: false, transient: true })
    expect(read(162, 'Connection refused')).toMatchObject({ accepted: false, transient: true })
    expect(read(159, 'qdel: Unauthorized Request 1.pbshost')).toMatchObject({ accepted: false, transient: false })
  })
})
