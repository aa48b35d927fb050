import type { Command } from 'commander'

/** Commands by what they are for. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'To begin with:': ['init'],
  'Sample:': ['run', 'laplace', 'pathfinder', 'optimize'],
  'Follow and end runs:': ['list', 'status', 'attach', 'logs', 'cancel'],
  'Use results:': ['show', 'report', 'export', 'predict', 'combine'],
  'See what is here:': ['config', 'doctor', 'backends', 'combiners', 'samplers'],
  'For authors:': ['model', 'plugin'],
}

/** Groups the commands in the help, a line each, and lets an error of a command point at its own help. */
export function arrangeHelp(program: Command): void {
  program
    .configureHelp({ subcommandTerm })
    .helpCommand(false)
    .addHelpText('after', '\nchorale COMMAND --help says more. A run is named by its path, its id, or latest.')
    .showHelpAfterError('(chorale --help shows the commands)')
  for (const command of program.commands) {
    const [heading] = Object.entries(GROUPS).find(([, names]) => names.includes(command.name())) ?? []
    if (heading !== undefined) command.helpGroup(heading)
    pointAtHelp(command, `chorale ${command.name()}`)
  }
}

/** `cancel <run> [tasks...]`; of a command that only holds others, the one that it holds. */
function subcommandTerm(command: Command): string {
  const [only, ...others] = command.commands
  if (only && others.length === 0) return `${command.name()} ${subcommandTerm(only)}`
  const names = command.registeredArguments.map(argument => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...names].join(' ')
}

function pointAtHelp(command: Command, path: string): void {
  command.helpCommand(false).showHelpAfterError(`(${path} --help shows what it takes)`)
  for (const inner of command.commands) pointAtHelp(inner, `${path} ${inner.name()}`)
}
