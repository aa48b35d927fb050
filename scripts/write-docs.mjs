// Writes the generated pages of docs/ from the built packages. With --check: writes nothing, fails when a page is not what would be written.
import { mkdir, readFile, writeFile } from 'node:fs/promises'

import { errorsMarkdown } from '../packages/core/dist/errors/codes.js'
import { summaryJsonSchema } from '../packages/core/dist/summary/summary-schema.js'
import { settingsMarkdown } from '../packages/core/dist/settings/document.js'
import { settingsJsonSchema } from '../packages/core/dist/settings/json-schema.js'
import { distributionsMarkdown } from '../packages/model/dist/reference/distributions-markdown.js'
import { functionsMarkdown } from '../packages/model/dist/reference/functions-markdown.js'

const PAGES = [
  ['docs/distributions.md', () => distributionsMarkdown()],
  ['docs/errors.md', () => errorsMarkdown()],
  ['docs/functions.md', () => functionsMarkdown()],
  ['docs/settings.md', () => settingsMarkdown()],
  ['docs/settings.schema.json', () => `${JSON.stringify(settingsJsonSchema(), null, 2)}\n`],
  ['docs/summary.schema.json', () => `${JSON.stringify(summaryJsonSchema(), null, 2)}\n`],
]

const root = new URL('../', import.meta.url)
const check = process.argv.includes('--check')

for (const [page, generate] of PAGES) {
  const file = new URL(page, root)
  const text = generate()
  const present = await readFile(file, 'utf8').catch(() => undefined)
  if (present === text) continue
  if (check) {
    console.error(`${page} is not up to date: node scripts/write-docs.mjs writes it (after a build).`)
    process.exitCode = 1
    continue
  }
  await mkdir(new URL('.', file), { recursive: true })
  await writeFile(file, text)
  console.log(`wrote ${page}`)
}
