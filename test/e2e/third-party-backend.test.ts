import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { chorale, REPOSITORY } from './command.js'
import { project } from './project.js'
import { drawDigests, onlyRun, summaryOf } from './run-files.js'

const BACKEND = readFileSync(join(REPOSITORY, 'examples', 'plugin-template', 'backend.mjs'), 'utf8')

test('a backend in one plain JavaScript file runs the job, with the bits of cpu', async () => {
  const [where, reference] = [project({ 'backend.mjs': BACKEND }), project()]
  const args = ['--set', 'plugins=["./backend.mjs"]', '--backend', 'tutorial', '--set', 'backend.latencySeconds=0.01']
  expect(await chorale(where, 'run', ...args)).toMatchObject({ code: 0 })
  expect(summaryOf(onlyRun(where)).backend).toBe('tutorial')
  expect(await chorale(reference, 'run')).toMatchObject({ code: 0 })
  expect(drawDigests(onlyRun(where))).toEqual(drawDigests(onlyRun(reference)))
})

test('the backend passes the contract suite', async () => {
  const { code, stdout } = await chorale(project({ 'backend.mjs': BACKEND }), 'plugin', 'check', './backend.mjs')
  expect(stdout).not.toMatch(/^ *failed /m)
  expect(stdout).toMatch(/passed +backend "tutorial": gives the same draws/)
  expect(code).toBe(0)
})

const RUN_TASK = 'return await context.runTask(task, { attempt, emit, shouldStop: () => stopRequested })'

/** The template with one thing changed; throws when the template no longer has it. */
function lying(from: string, to: string): string {
  if (!BACKEND.includes(from)) throw new Error(`the template has no "${from}"`)
  return BACKEND.replace(from, to)
}

/** Copies that break one promise, and how the suite calls that promise. */
const liars: readonly (readonly [lie: string, source: string, promise: RegExp])[] = [
  [
    'reports results without files',
    lying(RUN_TASK, 'return { format: 1, task: task.id, attempt, files: [], seconds: 0, node: "here" }'),
    /names files that exist/,
  ],
  [
    'reports a wrong digest',
    lying(
      RUN_TASK,
      `const result = await context.runTask(task, { attempt, emit, shouldStop: () => stopRequested })
      return { ...result, files: result.files.map(file => ({ ...file, digest: '0'.repeat(64) })) }`,
    ),
    /names files that exist, with their size and digest/,
  ],
  [
    'ignores the request to stop',
    lying('shouldStop: () => stopRequested', 'shouldStop: () => false'),
    /stops when asked|leaving the loop early/,
  ],
  [
    'ends every task twice',
    lying(
      "return host.liveBackend('tutorial', capabilities, createTransport(waitMilliseconds))",
      `const backend = host.liveBackend('tutorial', capabilities, createTransport(waitMilliseconds))
        return {
          ...backend,
          async *run(tasks, context) {
            for await (const event of backend.run(tasks, context)) {
              yield event
              if (event.type === 'completed') yield event
            }
          },
        }`,
    ),
    /ends every task in exactly one event/,
  ],
  [
    'claims to run one chain of a shard at a time, and runs several',
    lying(
      "return host.liveBackend('tutorial', capabilities, createTransport(waitMilliseconds))",
      `const claimed = { ...capabilities, supportsParallelChains: false }
        const backend = host.liveBackend('tutorial', capabilities, createTransport(waitMilliseconds))
        return { ...backend, getCapabilities: () => ({ ...backend.getCapabilities(), supportsParallelChains: claimed.supportsParallelChains }) }`,
    ).replace('      capabilities,\n', '      capabilities: { ...capabilities, supportsParallelChains: false },\n'),
    /runs one chain of a shard at a time/,
  ],
]

test.each(liars)('a backend that %s fails the contract suite, which names the promise', async (_, source, promise) => {
  const { code, stdout } = await chorale(project({ 'backend.mjs': source }), 'plugin', 'check', './backend.mjs')
  const failed = stdout.split('\n').filter(line => /^ *failed /.test(line))
  expect(failed.join('\n')).toMatch(promise)
  expect(code).toBe(1)
})

test('a plugin that does not exist cannot be checked', async () => {
  const { code, stderr } = await chorale(project(), 'plugin', 'check', './absent.mjs')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^CHORALE_PLUGIN_NOT_FOUND .*absent\.mjs/m)
})
