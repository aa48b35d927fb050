import { resolve } from 'node:path'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { printJson } from '../output/json.js'
import type { Testkit } from '../testkit.js'

export function addPluginCommand(program: Command, context: CommandContext): void {
  program
    .command('plugin')
    .summary('run the contract suites on a plugin')
    .description('tools for authors of plugins')
    .command('check <plugin>')
    .description('run the contract suites on a plugin: a path (./backend.mjs) or a package name')
    .option('--json', 'print JSON')
    .action((specifier: string, flags: { readonly json?: true }) => checkPluginOf(specifier, flags.json === true, context))
}

async function checkPluginOf(specifier: string, json: boolean, context: CommandContext): Promise<void> {
  const [{ PluginRegistry }, { pluginHarness }] = await Promise.all([import('@chorale/core/plugins'), import('../plugin-harness.js')])
  const { checkPlugin, formatReport, hasPassed } = await loadTestkit(context)
  const registry = new PluginRegistry({ builtins: context.builtins, folder: resolve('.') })
  const { plugin } = await registry.register(specifier, `chorale plugin check ${specifier}`)
  const harness = await pluginHarness(registry)
  try {
    const report = await checkPlugin(plugin, { backend: { harness } })
    if (json) printJson(report)
    else process.stdout.write(`${formatReport(report)}\n`)
    // What a broken plugin started may never end.
    context.exitNow(hasPassed(report) ? 0 : 1)
  } finally {
    await harness.dispose()
  }
}

/** From the entry package if it has it, otherwise from the current folder. */
async function loadTestkit(context: CommandContext): Promise<Testkit> {
  if (context.loadTestkit) return context.loadTestkit()
  let path: string
  try {
    path = createRequire(resolve('noop.js')).resolve('@chorale/testkit')
  } catch (cause) {
    const { ChoraleError } = await import('@chorale/core/contracts')
    throw new ChoraleError('CHORALE_TESTKIT_NOT_INSTALLED', 'The contract suites are in @chorale/testkit, which is not installed', {
      askedBy: 'chorale plugin check',
      lookedIn: resolve('.'),
      fix: 'npm install --save-dev @chorale/testkit',
      cause,
    })
  }
  return (await import(pathToFileURL(path).href)) as Testkit
}
