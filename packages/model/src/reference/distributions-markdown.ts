import type { Distribution } from '../distributions/distribution.js'
import type { FamilyEntry } from '../distributions/family.js'
import { argumentWords } from './argument-words.js'
import { familyExamples } from './family-examples.js'
import { familyGroups } from './family-groups.js'
import { code, markdownTable } from './markdown.js'

const opening = `# Distributions

Generated from the code. Names of arguments are those of the functions, formulas are log densities, or log probabilities of whole numbers, with the natural
logarithm. \`x\` is the value. Every distribution is normalised, except \`flat\`.

An argument that is a number may be a number, a value of the model, or a column. How distributions are used: [modelling](modelling.md). \`distribution.logDensity(x)\`
gives the log density as a value. Whole numbers and categories count from 0.`

/** docs/distributions.md: every distribution, with formula, support, arguments, source, and its names in other systems. */
export function distributionsMarkdown(): string {
  const sections = familyGroups.map(({ title, families }) => [`## ${title}`, ...families.map(familySection)].join('\n\n'))
  return `${[opening, namesTable(), ...sections].join('\n\n')}\n`
}

function namesTable(): string {
  const rows = familyGroups.flatMap(({ families }) =>
    families.map(({ name, stan, numpyro, pymc }) => [
      `[${code(name)}](#${name.toLowerCase()})`,
      ...[stan, numpyro, pymc].map(other => (other === undefined ? '' : asCode(other))),
    ]),
  )
  return ['## Names in other systems', markdownTable(['Chorale', 'Stan', 'NumPyro', 'PyMC'], rows)].join('\n\n')
}

/** `a, b` as code, each by itself; a comma inside of brackets is part of a name. */
const asCode = (names: string): string =>
  names
    .split(/, (?![^[]*\])/)
    .map(code)
    .join(', ')

function familySection(entry: FamilyEntry): string {
  const { name, arguments: names, summary, formula, support, source } = entry
  const example = familyExamples[name]
  if (example === undefined) throw new Error(`the reference has no example of ${name}`)
  const lines = [
    ...names.map(argument => `- ${code(argument)}: ${argumentWords(example, argument)}`),
    `- support: ${support}`,
    ...abilities(entry, example),
    `- source: ${source}`,
  ]
  return [`### ${name}`, `${code(`${name}(${names.join(', ')})`)} ${summary}`, `    ${formula}`, lines.join('\n')].join('\n\n')
}

function abilities(entry: FamilyEntry, { logCdf, logSurvival, standardized }: Distribution): readonly string[] {
  const isCut = entry.arguments.includes('distribution') && entry.arguments.includes('{ lower, upper }')
  const isMade = entry.arguments.includes('distribution') || entry.arguments.includes('components')
  return [
    ...(logCdf !== undefined && logSurvival !== undefined && !isCut
      ? [`- can be truncated and censored${isMade ? ', if what it is made of can' : ''}`]
      : []),
    ...(standardized === undefined ? [] : ["- can be `{ reparameterize: 'non-centered' }`"]),
  ]
}
