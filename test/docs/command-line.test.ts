import { beforeAll, describe, expect, it } from 'vitest'
import { choraleHere } from '../e2e/command-here.js'
import { chorale } from './chorale-command.js'
import { page, pages, root, type Page } from './pages.js'

const COMMANDS = [
  'init',
  'run',
  'laplace',
  'pathfinder',
  'optimize',
  'attach',
  'status',
  'list',
  'logs',
  'cancel',
  'combine',
  'predict',
  'show',
  'report',
  'export',
  'backends',
  'combiners',
  'samplers',
  'config',
  'doctor',
  'model inspect',
  'plugin check',
] as const

const flagsIn = (text: string): readonly string[] => [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(match => match[0])

let help: ReadonlyMap<string, readonly string[]>
let commandsOfProgram: readonly string[]

beforeAll(async () => {
  const texts = await Promise.all(
    COMMANDS.map(async name => [name, flagsIn((await choraleHere({ folder: root }, ...name.split(' '), '--help')).stdout)] as const),
  )
  help = new Map(texts)
  const { stdout } = await chorale(['--help'])
  commandsOfProgram = [...stdout.matchAll(/^ {2}([a-z]+)/gm)].map(match => match[1]!)
})

/** What stands in code: spans and blocks. */
const code = ({ text }: Page): string => {
  const blocks = [...text.matchAll(/```[a-z]*\n([^]*?)```/g)].map(match => match[1]!)
  const spans = [...text.replace(/```[^]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(match => match[1]!)
  return [...blocks, ...spans].join('\n')
}

/** Calls of the command: `chorale run --set sampling.draws=500`. */
const callsIn = (from: Page): readonly { readonly command: string; readonly rest: string }[] =>
  [...code(from).matchAll(/(?:^|npx |\s)chorale ([a-z]+)(?: (check|inspect))?([^\n]*)/gm)]
    .filter(([, name]) => name !== 'help')
    .map(([, name, sub, rest]) => ({ command: sub === undefined ? name! : `${name} ${sub}`, rest: rest! }))

describe.each(pages.filter(one => callsIn(one).length > 0))('$path', one => {
  it('shows commands and flags that exist', () => {
    const wrong = callsIn(one).filter(({ command, rest }) => {
      const flags = help.get(command)
      return !flags || flagsIn(rest.split('#')[0]!).some(flag => !flags.includes(flag))
    })
    expect(wrong).toEqual([])
  })
})

describe('docs/cli.md', () => {
  const sections = page('docs/cli.md')
    .text.replace(/```[^]*?```/g, '')
    .split(/^##+ /m)
  const sectionOf = (command: string): string => sections.find(text => text.split('\n')[0]!.includes(`\`chorale ${command}\``)) ?? ''

  it('has a section for every command', () => {
    const documented = COMMANDS.map(command => command.split(' ')[0]!)
    expect([...commandsOfProgram].sort()).toEqual([...documented].sort())
    expect(COMMANDS.filter(command => sectionOf(command) === '')).toEqual([])
  })

  it.each(COMMANDS)('names the flags of %s, all of them and no others', command => {
    const documented = new Set(flagsIn(sectionOf(command)))
    expect([...documented].sort()).toEqual([...new Set(help.get(command))].filter(flag => flag !== '--help').sort())
  })
})
