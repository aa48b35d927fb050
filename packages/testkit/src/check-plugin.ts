import { API_VERSION, type JsonObject, type Plugin } from '@chorale/core/contracts'
import { checkBackend, type BackendContractOptions } from './backend/contract.js'
import { demand, type Check } from './check.js'
import { checkDataSource, type DataSourceSample } from './check-data-source.js'
import { checkSharder } from './check-sharder.js'
import { clausesOf, tryClauses } from './clause.js'
import { checkCombiner } from './combiner/contract.js'
import { definitionChecks } from './definition.js'
import type { CheckOutcome, CheckReport } from './report.js'
import { checkSampler } from './sampler/contract.js'

/** What a plugin's parts are tried with. */
export interface PluginHarness {
  readonly backend: Omit<BackendContractOptions, 'options'>
  /** The options of a part, by its name, as in the settings. Default `{}`. */
  readonly options?: Readonly<Record<string, JsonObject>>
  /** What each data source can read, by its name. A data source without a sample is only checked for its shape, and the report says so. */
  readonly samples?: Readonly<Record<string, DataSourceSample>>
}

const SHAPE_SECONDS = 10

const KINDS = ['backends', 'combiners', 'samplers', 'dataSources', 'sharders'] as const

const pluginChecks: readonly Check<Plugin>[] = [
  {
    name: 'is a plain object with a name',
    prerequisite: true,
    run: plugin => {
      demand(
        typeof plugin === 'object' && plugin !== null,
        `the default export is ${plugin === null ? 'null' : `a ${typeof plugin}`}; a plugin is an object`,
      )
      demand(typeof plugin.name === 'string' && plugin.name !== '', 'a plugin needs a name')
      for (const kind of KINDS) demand(plugin[kind] === undefined || Array.isArray(plugin[kind]), `${kind} must be a list`)
    },
  },
  {
    name: 'is written for this version of the contracts',
    run: ({ apiVersion }) =>
      demand(apiVersion === API_VERSION, `apiVersion is ${String(apiVersion)}; this version of the contracts is ${API_VERSION}`),
  },
  {
    name: 'brings something',
    run: plugin =>
      demand(
        KINDS.some(kind => (plugin[kind] ?? []).length > 0),
        `none of ${KINDS.join(', ')} has an entry`,
      ),
  },
  {
    name: 'uses every name once',
    run: plugin => {
      for (const kind of KINDS) {
        const names = (plugin[kind] ?? []).flatMap(({ name, aliases = [] }) => [name, ...aliases])
        const twice = names.filter((name, i) => names.indexOf(name) !== i)
        demand(twice.length === 0, `${kind} has the name "${twice[0]}" twice`)
      }
    },
  },
]

const prefixed = ({ subject, checks }: CheckReport): readonly CheckOutcome[] =>
  checks.map(check => ({ ...check, name: `${subject}: ${check.name}` }))

/** The contract of a plugin and of everything in it: one report, in which each check's name begins with the part it is about. */
export async function checkPlugin(plugin: Plugin, harness: PluginHarness): Promise<CheckReport> {
  const subject = `plugin "${String(plugin?.name)}"`
  const own = await tryClauses(clausesOf(pluginChecks, plugin, SHAPE_SECONDS))
  if (own[0]?.status === 'failed') return { subject, checks: own }
  const options = (name: string): JsonObject => harness.options?.[name] ?? {}
  const reports: CheckReport[] = []
  for (const backend of plugin.backends ?? [])
    reports.push(await checkBackend(backend, { ...harness.backend, options: options(backend.name) }))
  for (const sampler of plugin.samplers ?? []) reports.push(await checkSampler(sampler, { options: options(sampler.name) }))
  for (const combiner of plugin.combiners ?? []) reports.push(await checkCombiner(combiner, { options: options(combiner.name) }))
  for (const sharder of plugin.sharders ?? []) reports.push(await checkSharder(sharder))
  for (const source of plugin.dataSources ?? []) {
    const sample = harness.samples?.[source.name]
    if (sample) reports.push(await checkDataSource(source, { sample }))
    else
      reports.push({
        subject: `data source "${source.name}" (shape only)`,
        checks: await tryClauses(
          clausesOf(
            definitionChecks(() => source),
            source,
            SHAPE_SECONDS,
          ),
        ),
      })
  }
  return { subject, checks: [...own, ...reports.flatMap(prefixed)] }
}
