import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

import type { CommandAnswer, TaskEvent } from '../../../src/contracts/index.js'
import { modelRun } from '../model-run.js'

/** A run on a scheduler that reads scripts from its standard input. */
async function readingScripts(refuse: CommandAnswer['stderr'] = '') {
  const inputs: string[] = []
  const run = await modelRun(1, {
    adapter: {
      scriptAs: 'input',
      submission: ({ name }) => ['model-submit', name],
      readSubmission: ({ code, stdout, stderr }) =>
        code === 0 ? { kind: 'accepted', job: stdout } : { kind: 'refused', transient: false, words: stderr },
    },
    between: exec => (argv, options) => {
      if (argv[0] !== 'model-submit') return exec(argv, options)
      inputs.push(options.input!)
      return refuse === '' ? exec([...argv, options.input!], options) : Promise.resolve({ code: 1, stdout: '', stderr: refuse })
    },
  })
  return { ...run, inputs }
}

test('a script that is no word of its command is given to it as standard input', async () => {
  const { backend, context, tasks, inputs, model } = await readingScripts()
  const events: TaskEvent[] = []
  for await (const event of backend.run(tasks, context)) events.push(event)
  expect(events.filter(({ type }) => type === 'completed')).toHaveLength(1)
  expect(model.calls.filter(({ command }) => command[0] === 'model-submit')).toHaveLength(1)
  expect(await readFile(inputs[0]!, 'utf8')).toMatch(/^#!\/bin\/sh\n/)
})

test('a refusal shows the command so that it can be tried by hand', async () => {
  const { backend, context, tasks, inputs } = await readingScripts('no such queue')
  const error: unknown = await backend.submit(tasks, context).catch((caught: unknown) => caught)
  expect(error).toMatchObject({
    code: 'CHORALE_SUBMISSION_REFUSED',
    details: { askedBy: expect.stringMatching(/^model-submit c\w+ < /) as string, lookedIn: inputs[0] },
  })
  expect((error as { details: { askedBy: string } }).details.askedBy).toContain(inputs[0])
})
