import type { JobView, LookAnswer } from '@chorale/core/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { readRecords } from '../src/read/records.js'
import { pbsScheduler } from '../src/index.js'
import { answered, endedText, endedXml, OPENPBS_FACTS, OPENPBS_JSON, OPENPBS_TABLE, TORQUE_FACTS, TORQUE_TABLE } from './recordings.js'

const adapter = pbsScheduler({})
const ends = (stdout: string, code = 0, stderr = ''): LookAnswer =>
  adapter.readLook('ends', [answered(stdout, code, stderr)], OPENPBS_FACTS)
const torqueEnds = (stdout: string, code = 0): LookAnswer => adapter.readLook('ends', [answered(stdout, code)], TORQUE_FACTS)
const live = (...stdouts: string[]): LookAnswer =>
  adapter.readLook(
    'live',
    stdouts.map(stdout => answered(stdout)),
    OPENPBS_FACTS,
  )
const view = (answer: LookAnswer, job: string, index?: number): JobView | undefined =>
  answer.views.find(candidate => candidate.job === job && candidate.index === index)

describe('what is asked', () => {
  const addresses = [{ job: '7[].pbshost' }, { job: '8.pbshost' }, { job: '9[].pbshost', index: 3 }]

  test('of OpenPBS: always with -E, as it answers to the first id only or with errors otherwise', () => {
    expect(adapter.look('live', addresses, OPENPBS_FACTS)).toEqual([
      ['qstat', '-E', '-t', '-w', '7[].pbshost', '8.pbshost', '9[3].pbshost'],
      ['qstat', '-E', '-f', '-w', '7[].pbshost', '8.pbshost', '9[3].pbshost'],
    ])
    const ends = ['-E', '-t', '-f', '-w', '7[].pbshost', '8.pbshost', '9[3].pbshost']
    expect(adapter.look('ends', addresses, OPENPBS_FACTS)).toEqual([['qstat', '-x', ...ends]])
    expect(adapter.look('ends', addresses, { ...OPENPBS_FACTS, historySeconds: 0 })).toEqual([['qstat', ...ends]])
  })

  test('of TORQUE: arrays by their elements, as it answers to an array that has ended with all it has', () => {
    expect(adapter.look('live', addresses, TORQUE_FACTS)).toEqual([
      ['qstat', '-t', '7[].pbshost', '8.pbshost', '9[3].pbshost'],
      ['qstat', '-f', '8.pbshost', '9[3].pbshost'],
    ])
    expect(adapter.look('ends', addresses, TORQUE_FACTS)).toEqual([
      ['qstat', '-x', '8.pbshost', '9[3].pbshost'],
      ['qstat', '-t', '-x', '7[].pbshost'],
    ])
  })

  test('in few commands, however many jobs there are', () => {
    const many = Array.from({ length: 1000 }, (_, i) => ({ job: `${i}.pbshost` }))
    expect(adapter.look('live', many, OPENPBS_FACTS)).toHaveLength(6)
    expect(adapter.look('ends', many, TORQUE_FACTS)).toHaveLength(5)
  })
})

describe('a live look', () => {
  test('reads the states of jobs, arrays and elements from the table', () => {
    const answer = live(OPENPBS_TABLE)
    expect(answer).toMatchObject({ complete: true, problems: [] })
    expect(view(answer, '1[].pbshost')).toMatchObject({ state: 'running', word: 'B' })
    expect(view(answer, '1[].pbshost', 3)).toMatchObject({ state: 'waiting', word: 'Q' })
    expect(view(answer, '2.pbshost')).toMatchObject({ state: 'running', name: 'one' })
  })

  test('reads the table of TORQUE', () => {
    expect(adapter.readLook('live', [answered(TORQUE_TABLE)], TORQUE_FACTS).views).toEqual([
      { job: '0[].vm', name: 'mcmc', state: 'running', word: 'R' },
    ])
  })

  test('takes from the full answer why an array waits, and that it can never run', () => {
    const comment = 'Can Never Run: Insufficient amount of resource: ncpus (R: 64 A: 4 T: 4)'
    const answer = live(OPENPBS_TABLE, endedText('1[].pbshost', { job_state: 'Q', comment }))
    expect(view(answer, '1[].pbshost', 3)).toMatchObject({ state: 'waiting', reason: comment, neverRuns: true })
    expect(view(answer, '2.pbshost')).not.toHaveProperty('reason')
  })

  test('makes ids whole again that a narrow table cut, and never matches by the beginning of a number', () => {
    const cut = OPENPBS_TABLE.replace('1[3].pbshost ', '1[3].pbsh*   ').replace('2.pbshost   ', '12.elsew*   ')
    const answer = live(cut)
    expect(view(answer, '1[].pbshost', 3)).toBeDefined()
    expect(answer).toMatchObject({ complete: false, problems: ['qstat cut the id of a job: 12.elsew*'] })
  })

  test('without jobs is empty and complete; refused, it says nothing', () => {
    expect(live('')).toEqual({ views: [], complete: true, problems: [] })
    const refused = adapter.readLook(
      'live',
      [answered('', 255, 'Connection refused\nqstat: cannot connect to server pbshost (errno=15010)')],
      OPENPBS_FACTS,
    )
    expect(refused).toMatchObject({ views: [], complete: false })
    expect(refused.problems[0]).toContain('Connection refused')
  })

  test('keeps a job whose letter it does not know', () => {
    fc.assert(
      fc.property(fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), letter => {
        const found = view(live(OPENPBS_TABLE.replace(' R workq', ` ${letter} workq`)), '2.pbshost')
        expect(found?.word).toBe(letter)
        if (!'QWTHRBSUEXFC'.includes(letter)) expect(found?.state).toBe('unknown')
      }),
    )
  })

  test('ignores what the site says to everybody', () => {
    expect(live(`*** Maintenance on Monday ***\n${OPENPBS_TABLE}`).views).toHaveLength(3)
  })
})

describe('the end of a job of OpenPBS', () => {
  const started = { stime: 'Sun Nov 22 12:30:30 2026' }
  test.each([
    [{ Exit_status: 0, substate: 92, comment: 'Job run at Sun Nov 22 at 12:30 on (pbshost) and finished', ...started }, 'completed', 0],
    [{ Exit_status: 7, substate: 93, comment: 'Job run and failed', ...started }, 'exit', 7],
    [{ Exit_status: 139, substate: 93, ...started }, 'exit', 139],
    [{ Exit_status: -29, substate: 93, comment: 'Job run and exceeded resource walltime', ...started }, 'walltime', undefined],
    [{ Exit_status: -27, substate: 93, comment: 'Job run and exceeded resource mem', ...started }, 'memory', undefined],
    [{ Exit_status: -26, substate: 93, ...started }, 'memory', undefined],
    [{ Exit_status: -28, substate: 93, ...started }, 'cputime', undefined],
    [{ Exit_status: 271, substate: 91, comment: 'Job run and terminated by alice@pbshost', ...started }, 'deleted', undefined],
    [{ substate: 91 }, 'deleted', undefined],
    [{ Exit_status: 0, substate: 91, comment: 'Subjob finished' }, 'deleted', 0],
    [{ substate: 92, depend: 'afterok:0.pbshost@pbshost' }, 'dependency', undefined],
    [{ Exit_status: -20, substate: 93, ...started }, 'node', undefined],
    [{ Exit_status: -11, substate: 93, ...started }, 'requeued', undefined],
    [{ Exit_status: -1, substate: 93 }, 'never-ran', undefined],
    [{ Exit_status: -77, substate: 93, ...started }, 'unknown', undefined],
    [{ Exit_status: 254, substate: 93, ...started }, 'exit', 254],
  ])('%j: %s', (attributes, cause, exitCode) => {
    const end = view(ends(endedText('2.pbshost', attributes)), '2.pbshost')?.end
    expect(end?.cause).toBe(cause)
    expect(end?.exitCode).toBe(exitCode)
    expect(end?.words).toMatch(/Exit_status/)
  })

  test('names who deleted it', () => {
    const answer = ends(
      endedText('2.pbshost', { Exit_status: 271, substate: 91, comment: 'Job run and terminated by bob@login2', ...started }),
    )
    expect(view(answer, '2.pbshost')?.end?.words).toContain('deleted by bob@login2')
  })

  test('271 or 143 is the walltime only if all of it was used', () => {
    const used = (walltime: string, status: number): string | undefined =>
      view(
        ends(
          endedText('2.pbshost', {
            Exit_status: status,
            substate: 93,
            'Resource_List.walltime': '01:00:00',
            'resources_used.walltime': walltime,
            ...started,
          }),
        ),
        '2.pbshost',
      )?.end?.cause
    expect([used('00:59:00', 271), used('01:00:02', 143), used('00:10:00', 271), used('00:10:00', 143)]).toEqual([
      'walltime',
      'walltime',
      'deleted',
      'exit',
    ])
  })

  test('an array as a whole tells no end of its elements, but that it was deleted', () => {
    expect(view(ends(endedText('1[].pbshost', { Exit_status: 0, substate: 92 })), '1[].pbshost')).toMatchObject({ state: 'ended' })
    expect(view(ends(endedText('1[].pbshost', { Exit_status: 0, substate: 93 })), '1[].pbshost')).not.toHaveProperty('end')
    expect(view(ends(endedText('1[].pbshost', { Exit_status: 1, substate: 91 })), '1[].pbshost')?.end?.cause).toBe('deleted')
  })

  test('E is not an end, and a job may have run before', () => {
    const found = view(ends(endedText('2.pbshost', { job_state: 'E', run_count: 2 })), '2.pbshost')
    expect(found).toMatchObject({ state: 'ending', runs: 2 })
    expect(found).not.toHaveProperty('end')
  })

  test('without a history the answer is empty: the job is not known', () => {
    expect(ends('', 0, 'qstat: PBS is not configured to maintain job history 2')).toEqual({ views: [], complete: true, problems: [] })
  })
})

describe('the end of a job of TORQUE', () => {
  test.each([
    [{ exit_status: 0 }, 'completed'],
    [{ exit_status: 7 }, 'exit'],
    [{ exit_status: -11 }, 'walltime'],
    [{ exit_status: -10 }, 'memory'],
    [{ exit_status: -12 }, 'cputime'],
    [{ exit_status: 271 }, 'deleted'],
    [{ exit_status: 271, comment: 'Job deleted as result of dependency on job 18.vm' }, 'dependency'],
    [{}, 'deleted'],
  ])('%j: %s', (attributes, cause) => {
    expect(view(torqueEnds(endedXml('0[1].vm', attributes)), '0[].vm', 1)?.end?.cause).toBe(cause)
  })

  test('unknown ids beside known ones do no harm', () => {
    expect(torqueEnds(endedXml('3.vm', { exit_status: 0 }), 153)).toMatchObject({ complete: true, views: [{ job: '3.vm' }] })
  })
})

describe('answers of every format', () => {
  const attributes = (text: string): Record<string, string> => Object.fromEntries(readRecords(text).records[0]?.attributes ?? [])

  test('JSON, text and dsv say the same', () => {
    const json = attributes(OPENPBS_JSON)
    expect(json).toMatchObject({ Job_Name: 'one', job_state: 'R', 'Resource_List.mem': '200mb', run_count: '1' })
    const text = attributes(`${endedText('2.pbshost', json)}`)
    const dsv = attributes(
      `Job Id: 2.pbshost|${Object.entries(json)
        .map(([name, value]) => `${name}=${value}`)
        .join('|')}`,
    )
    expect(text).toEqual(json)
    expect(dsv).toEqual(json)
  })

  test('lines that go on after a tab are joined', () => {
    expect(
      attributes('Job Id: 2.pbshost\n    job_state = Q\n    comment = Not Running: Insuf\n\tficient amount\n    project = x\n').comment,
    ).toBe('Not Running: Insufficient amount')
  })

  test('a variable with line feeds cannot say how the job ended', () => {
    const text = `Job Id: 2.pbshost\n    job_state = F\n    Variable_List = A=x\n    job_state = Q\n}\n    Exit_status = 7\n`
    expect(attributes(text)).toMatchObject({ job_state: 'F' })
  })

  test('of invalid JSON, jobs are read line by line, and the answer does not count as whole', () => {
    const lines = `{\n\t"Jobs":{\n\t\t"2.pbshost":{\n\t\t\t"job_state":"F",\n\t\t\t"Variable_List":{\n\t\t\t\t"BASH_FUNC_ml%%":"() {  eval "$($X "$@")"\n}",\n\t\t\t\t"N":005\n\t\t\t},\n\t\t\t"Exit_status":7\n\t\t}\n\t}\n}`
    const { records, whole } = readRecords(lines)
    expect(whole).toBe(false)
    expect(Object.fromEntries(records[0]?.attributes ?? [])).toMatchObject({ job_state: 'F', Exit_status: '7' })
  })

  test('names that are numbers, and duplicate keys, are read', () => {
    const text = '{"Jobs":{"2.pbshost":{"Job_Name":123,"job_state":"R","job_state":"R"}}}'
    expect(attributes(text)).toMatchObject({ Job_Name: '123', job_state: 'R' })
  })

  test.each([
    [
      'text',
      endedText('1.pbshost', { Exit_status: 0, substate: 92, stime: 'x' }) +
        endedText('2.pbshost', { Exit_status: 0, substate: 92, stime: 'x' }),
    ],
    ['JSON', OPENPBS_JSON],
    ['XML', endedXml('2.pbshost', { exit_status: 0 })],
  ])('an answer in %s that is cut anywhere invents nothing, and does not count as complete', (_, whole) => {
    const text = answered(whole).stdout
    const full = new Map(readRecords(text).records.map(record => [record.id, record.attributes]))
    expect(readRecords(text).whole).toBe(true)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: text.length - 1 }), length => {
        const cut = readRecords(answered(whole.slice(0, length)).stdout)
        for (const { id, attributes } of cut.records) expect(attributes).toEqual(full.get(id))
        // A cut between two jobs is not to be seen in text.
        if (cut.records.length === 0) expect(cut.whole).toBe(false)
      }),
    )
  })

  test('garbage is no answer', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter(text => text.trim() !== ''),
        text => {
          expect(ends(text).views).toEqual([])
        },
      ),
    )
  })
})
