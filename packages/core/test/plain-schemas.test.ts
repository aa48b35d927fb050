import { expect, test } from 'vitest'
import { z } from 'zod'

import { summarySchema } from '../src/summary/summary-schema.js'
import { samplingSchema } from '../src/planning/plan-sampling.js'
import { chainReportSchema } from '../src/run-directory/chain-report.js'
import { taskResultSchema } from '../src/run-directory/accepted.js'
import { driverRecordSchema } from '../src/run-directory/driver-record.js'
import { endedRecordSchema } from '../src/run-directory/ended-attempt.js'
import { runRecordSchema } from '../src/run-directory/run-record.js'
import { settingsTree } from '../src/settings/json-schema.js'

const KEPT = [
  ...['type', 'const', 'enum', 'default', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'minLength', 'minItems'],
  ...['required', 'additionalProperties', 'properties', 'propertyNames', 'items', 'anyOf', 'oneOf'],
]

/** Without words, and without what is no plain keyword: alternatives with a pattern or for TypeScript only. A reference is to any JSON. */
function plain(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(plain)
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).filter(([key]) => KEPT.includes(key))
  return Object.fromEntries(
    entries.map(([key, value]) => {
      if (key === 'properties')
        return [key, Object.fromEntries(Object.entries(value as object).map(([name, inner]) => [name, plain(inner)]))]
      // Alternatives that a constant tells apart.
      if (key === 'oneOf') return ['anyOf', (value as object[]).map(plain)]
      if (key === 'anyOf') return [key, (value as object[]).filter(inner => !('not' in inner || 'pattern' in inner)).map(plain)]
      return [key, ['default', 'const', 'enum'].includes(key) ? (value as unknown) : plain(value)]
    }),
  )
}

const reduced = (schema: () => z.ZodType): unknown => plain(z.toJSONSchema(schema(), { io: 'input', unrepresentable: 'any' }))

const constant = (name: string, type: string, value: unknown): string =>
  `// prettier-ignore\nexport const ${name}: ${type} = ${JSON.stringify(value)}\n`

const text = (): string =>
  [
    '/** What the schemas of settings and records ask for, as far as plain keywords of JSON Schema say it. Made from them: `vitest run packages/core -u`. */',
    '',
    'export interface PlainNode {',
    '  readonly [keyword: string]: unknown',
    '  readonly default?: unknown',
    '  readonly properties?: Readonly<Record<string, PlainNode>>',
    '  readonly anyOf?: readonly PlainNode[]',
    '}',
    '',
    constant('PLAIN_SETTINGS', 'PlainNode & Required<Pick<PlainNode, "properties">>'.replaceAll('"', "'"), plain(settingsTree())),
    constant('PLAIN_RUN', 'PlainNode', reduced(runRecordSchema)),
    constant('PLAIN_SUMMARY', 'PlainNode', reduced(summarySchema)),
    constant('PLAIN_CHAIN_REPORT', 'PlainNode', reduced(chainReportSchema)),
    constant('PLAIN_SAMPLING', 'PlainNode', reduced(samplingSchema)),
    constant('PLAIN_DRIVER', 'PlainNode', reduced(driverRecordSchema)),
    constant('PLAIN_ENDED', 'PlainNode', reduced(endedRecordSchema)),
    constant('PLAIN_RESULT', 'PlainNode', reduced(taskResultSchema)),
  ].join('\n')

test('the plain schemas are those that the schemas give', async () => {
  await expect(text()).toMatchFileSnapshot('../src/plain-schemas.ts')
})
