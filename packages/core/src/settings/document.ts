import { nodeAt, settingsTree, typeText, type SchemaNode } from './json-schema.js'
import { REFERENCE_ALIASES, REFERENCE_SECTIONS, REJECTED_NAMES } from './reference-names.js'
import { OPEN_SECTIONS, ownKeys, TOP_LEVEL_KEYS } from './sections.js'

const INTRODUCTION = `# Settings

Chorale reads its settings from \`chorale.config.ts\` (or \`.mts\`, \`.js\`, \`.mjs\`, \`.yaml\`, \`.yml\`, \`.json\`), or from the key \`chorale\` of
\`package.json\`. It looks in the current folder, then in the folders above it up to the first one with a \`package.json\`. Every setting but the model
has a default.

\`\`\`ts
import { defineConfig } from 'chorale'

export default defineConfig({
  model: './model.ts',
  data: { path: 'flights.parquet' },
  sampling: { chains: 4, draws: 2000 },
  backend: { name: 'workers', parallelTasks: 8 },
})
\`\`\`

The default export may also be a plain object, or a function that returns an object or a promise of one. The same in YAML:

\`\`\`yaml
model: ./model.ts
data:
  path: flights.parquet
sampling:
  chains: 4
  draws: 2000
backend: workers
\`\`\`

## Flags and variables

| wins over those below | example                                                                      |
| --------------------- | ---------------------------------------------------------------------------- |
| flag                  | \`chorale run --set sampling.draws=500\`                                       |
| environment variable  | \`CHORALE__SAMPLING__DRAWS=500\` (two underscores between names, case is free) |
| settings file         | \`sampling: { draws: 500 }\`                                                   |
| default               |                                                                              |

- Values of flags and variables are read as YAML: \`500\`, \`true\`, \`[a, b]\`, \`{ a: 1 }\`. Anything else is a text.
- Lists are replaced as a whole, objects key by key.
- The sections \`data\`, \`backend\`, \`sampling\` and \`combination\` pass keys that are not listed here on to what they name, which checks them.
  When a flag or variable names another backend, sampler or combiner than the file does, options of the one in the file are left out with a warning.
- Paths in a settings file are relative to the file, paths in flags and variables to the current folder.
- Names that begin with \`CHORALE_\` and a single underscore are not settings.
- \`$import: ./base.yaml\` (a path or a list of them) takes settings from other files; those of the importing file win.
- cosmiconfig reads options of its own from \`.config/config.yaml\` (or \`.json\`, \`.js\`, ...) in the current folder: \`cosmiconfig: { searchPlaces: [...] }\`
  adds places, and the key \`chorale\` there may hold the settings.
- \`chorale config\` prints the file that is used, and every value with where it comes from.

A setting that does not exist is an error that names the nearest ones. \`docs/settings.schema.json\` is the JSON Schema for editors; a file may name it
with \`$schema\`.
`

const REFERENCE = `## Names of the Python reference

The section and key names of the Python reference are accepted, nested or at the top level, and so is the snake_case spelling of every setting above
(\`target_accept_prob\`). One setting under two names with two values is an error. The tables above have these names in the last column; sections are
`

const REJECTED = `## Names that are not accepted

These settings of the Python reference do not exist here, and the error says why.
`

/** The page docs/settings.md: an introduction and a table for each section, made from the schema and the tables of names. */
export function settingsMarkdown(): string {
  const sections = TOP_LEVEL_KEYS.filter(key => ownKeys(key).length > 0)
  const single = TOP_LEVEL_KEYS.filter(key => ownKeys(key).length === 0)
  const renamed = Object.entries(REFERENCE_SECTIONS).flatMap(([from, to]) => (to === null ? [] : [`\`${from}\` (\`${to}\`)`]))
  return `${[
    INTRODUCTION.trim(),
    ...sections.map(sectionText),
    '## Others',
    table(
      HEAD,
      single.map(key => row(key, settingsTree().properties![key]!)),
    ),
    `${REFERENCE.trim()}\n${renamed.join(' and ')}.`,
    REJECTED.trim(),
    table(['name', 'why', 'instead'], REJECTED_NAMES.map(rejectedRow)),
  ].join('\n\n')}\n`
}

const HEAD = ['key', 'type', 'default', 'meaning', 'also accepted']

function sectionText(section: string): string {
  const node = settingsTree().properties![section]!
  const rows = ownKeys(section).map(key => row(`${section}.${key}`, nodeAt([section, key])))
  const passed = OPEN_SECTIONS.includes(section)
    ? [row(`${section}.*`, { type: 'any value', description: 'An option of what the section names.' })]
    : []
  return [`## ${section}`, node.description ?? '', table(HEAD, [...rows, ...passed])].join('\n\n')
}

function splitAtLast(text: string, separator: string): readonly [before: string, after: string] {
  const at = text.lastIndexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}

/** A default that is worked out later stands at the end of the description. */
function row(path: string, node: SchemaNode): readonly string[] {
  const [meaning, derived] = splitAtLast(node.description ?? '', ' Default: ')
  const value = node.default === undefined ? derived.replace(/\.$/, '') : `\`${JSON.stringify(node.default)}\``
  const aliases = [
    ...REFERENCE_ALIASES.filter(({ to }) => to === path || (path.endsWith('.*') && to.startsWith(path.slice(0, -1)) && !isOwn(to))),
  ].map(
    alias =>
      `\`${alias.name}\`${alias.values ? ` (${alias.values.map(([from, to]) => `\`${String(from)}\`: ${String(to)}`).join(', ')})` : ''}`,
  )
  return [`\`${path}\``, typeText(node), value, meaning, aliases.join(', ')]
}

const isOwn = (path: string): boolean => ownKeys(path.split('.')[0]!).includes(path.split('.')[1]!)

const rejectedRow = ({ names, accepted, reason, fix }: (typeof REJECTED_NAMES)[number]): readonly string[] => [
  names.map(name => `\`${name}\``).join(', ') + (accepted === undefined ? '' : ` (\`${String(accepted)}\` is accepted)`),
  reason,
  fix,
]

/** An aligned table, as prettier writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map(line => line.map(cell => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(3, ...cells.map(line => line[column]!.length)))
  const write = (line: readonly string[]): string => `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [write(cells[0]!), `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`, ...cells.slice(1).map(write)].join('\n')
}
