import { readFile, readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'

import type { TaskEvent } from '../../../src/contracts/index.js'
import { newJobName } from '../../../src/batch/submission/submitter.js'
import type { Exec } from '../../../src/exec.js'
import { modelRun } from '../model-run.js'

const isSubmission = (argv: readonly string[]): boolean => argv[0] === 'model-submit'

/** Answers the n-th submission in another way; what the model does with it is up to `answer`. */
const onSubmission =
  (answer: (n: number, pass: () => ReturnType<Exec>) => ReturnType<Exec>) =>
  (exec: Exec): Exec => {
    let count = 0
    return (argv, options) => (isSubmission(argv) ? answer(++count, () => exec(argv, options)) : exec(argv, options))
  }

async function collect(events: AsyncIterable<TaskEvent>): Promise<readonly TaskEvent[]> {
  const all: TaskEvent[] = []
  for await (const event of events) all.push(event)
  return all
}
const completed = (events: readonly TaskEvent[]): number => events.filter(({ type }) => type === 'completed').length
const records = async (run: string, kind: string): Promise<readonly Record<string, unknown>[]> =>
  Promise.all(
    (await readdir(join(run, 'submissions')))
      .filter(name => name.endsWith(`.${kind}.json`))
      .sort()
      .map(async name => JSON.parse(await readFile(join(run, 'submissions', name), 'utf8')) as Record<string, unknown>),
  )

test.each([
  ['hangs until it is killed', 124, ''],
  ['answers with nothing', 0, ''],
])('a submission that is taken but %s is found by its name, not made again', async (_, code, stdout) => {
  const garbled = onSubmission(async (n, pass) => {
    const answer = await pass()
    return n === 1 ? { code, stdout, stderr: '' } : answer
  })
  const { model, backend, context, tasks } = await modelRun(3, { between: garbled })
  expect(completed(await collect(backend.run(tasks, context)))).toBe(3)
  expect(model.calls.filter(({ command }) => isSubmission(command))).toHaveLength(1)
  expect(await records(context.runDirectory, 'answer')).toMatchObject([{ kind: 'accepted', found: true }])
})

test('a submission that never arrived is revoked after two look-ups half a minute apart, and made again', async () => {
  const lost = onSubmission((n, pass) => (n === 1 ? Promise.resolve({ code: 124, stdout: '', stderr: '' }) : pass()))
  const { model, clock, backend, context, tasks } = await modelRun(3, { between: lost })
  // Nobody but the client sleeps before the first poll.
  clock.participants = 1
  const running = collect(backend.run(tasks, context))
  while ((await records(context.runDirectory, 'answer').catch(() => [])).length === 0) await new Promise(resolve => setTimeout(resolve, 5))
  clock.participants = 2
  expect(completed(await running)).toBe(3)
  const finds = model.calls.filter(({ command }) => command[0] === 'model-find')
  expect(finds).toHaveLength(2)
  expect(finds[1]!.at - finds[0]!.at).toBeGreaterThanOrEqual(30_000)
  expect(await records(context.runDirectory, 'revoked')).toMatchObject([{ reason: 'lost' }])
})

test('a refusal that may pass is tried again; one that will not ends the run with its words and the script', async () => {
  const read = {
    readSubmission: ({ code, stdout }: { readonly code: number; readonly stdout: string }) =>
      code === 0
        ? { kind: 'accepted' as const, job: stdout }
        : { kind: 'refused' as const, transient: code === 11, words: `code ${code}`, fix: 'wait' },
  }
  const busy = onSubmission((n, pass) => (n < 3 ? Promise.resolve({ code: 11, stdout: '', stderr: '' }) : pass()))
  const patient = await modelRun(2, { between: busy, adapter: read, options: { continuations: 0 } })
  patient.clock.participants = 1
  await patient.backend.submit(patient.tasks, patient.context)
  expect((await records(patient.context.runDirectory, 'answer')).map(({ kind }) => kind)).toEqual(['refused', 'refused', 'accepted'])

  const never = await modelRun(2, { between: onSubmission(() => Promise.resolve({ code: 12, stdout: '', stderr: '' })), adapter: read })
  await expect(never.backend.submit(never.tasks, never.context)).rejects.toMatchObject({
    code: 'CHORALE_SUBMISSION_REFUSED',
    message: 'Model refused a job: code 12',
    details: {
      lookedIn: join(never.context.runDirectory, 'submissions', '0001.sh'),
      fix: `wait; then go on: chorale run --resume ${basename(never.context.runDirectory)} --set backend.KEY=VALUE`,
    },
  })
})

test('a driver that was taken over submits nothing more', async () => {
  const { model, backend, context, tasks } = await modelRun(3, {
    seconds: () => 100,
    fate: (_, attempt) => (attempt === 1 ? 'walltime' : 'completed'),
  })
  const events = collect(
    (async function* () {
      for await (const event of backend.run(tasks, context)) {
        if (event.type === 'submitted') await writeFile(join(context.runDirectory, 'drivers', '0001.json'), '{}')
        yield event
      }
    })(),
  )
  await expect(events).rejects.toMatchObject({ code: 'CHORALE_RUN_BUSY' })
  expect(model.calls.filter(({ command }) => isSubmission(command))).toHaveLength(1)
})

test('what a run shows before it submits is what it submits, but for the names of jobs', async () => {
  const { backend, context, tasks, model } = await modelRun(3)
  const [preview] = await backend.preview(tasks, context)
  expect(await readdir(context.runDirectory)).not.toContain('code')
  await backend.submit(tasks, context)
  const anonymous = (text: string): string => text.replaceAll(/\bc[a-z2-7]{12}\b/g, 'NAME').replace(/batch-[0-9a-f]+\.mjs/, 'ENTRY')
  expect(anonymous(preview!.script)).toBe(anonymous(await readFile(preview!.scriptPath, 'utf8')))
  expect(anonymous(preview!.command)).toBe(anonymous(model.calls.find(({ command }) => isSubmission(command))!.command.join(' ')))
})

test('the scheduler sees few variables of the client, and none of its secrets', async () => {
  process.env.MY_SECRET = 'told to nobody'
  process.env.SBATCH_ARRAY_INX = '0-9'
  const seen: Record<string, string>[] = []
  const watching =
    (exec: Exec): Exec =>
    (argv, options) => (seen.push({ ...options.env }), exec(argv, options))
  const { backend, context, tasks } = await modelRun(1, { between: watching })
  await backend.submit(tasks, context)
  delete process.env.MY_SECRET
  delete process.env.SBATCH_ARRAY_INX
  expect(seen.length).toBeGreaterThan(0)
  for (const env of seen) {
    expect(Object.keys(env).filter(name => !['HOME', 'USER', 'LOGNAME', 'PATH', 'KRB5CCNAME', 'TZ', 'LC_ALL'].includes(name))).toEqual([])
    expect(env.LC_ALL).toBe('C')
  }
})

test('variables of the jobs stand in a file that only the user can read, and in nothing else', async () => {
  const { backend, context, tasks, model } = await modelRun(1, { options: { env: { TOKEN: 'hush' } } })
  await backend.submit(tasks, context)
  const folder = join(context.runDirectory, 'submissions')
  expect(await readFile(join(folder, '0001.env'), 'utf8')).toBe("export TOKEN='hush'\n")
  for (const name of ['0001.sh', '0001.intent.json', '0001.answer.json'])
    expect(await readFile(join(folder, name), 'utf8')).not.toContain('hush')
  expect(JSON.stringify(model.calls)).not.toContain('hush')
})

test('without its commands a scheduler is not found, and without an answer it is silent', async () => {
  const none = await modelRun(1, { between: () => () => Promise.resolve({ code: 127, stdout: '', stderr: '' }) })
  await expect(none.backend.validateResources()).rejects.toMatchObject({ code: 'CHORALE_SCHEDULER_NOT_FOUND' })
  const silent = await modelRun(1, {
    adapter: {
      identify: async ask => {
        await ask(['model-version'])
        throw new Error('no answer')
      },
    },
  })
  await expect(silent.backend.validateResources()).rejects.toMatchObject({ code: 'CHORALE_SCHEDULER_SILENT' })
})

test('the name of a job is one that every scheduler takes: short, a letter first, and none twice', () => {
  const names = Array.from({ length: 100 }, newJobName)
  for (const name of names) expect(name).toMatch(/^[a-z][a-z2-7]{12}$/)
  expect(new Set(names).size).toBe(names.length)
})
