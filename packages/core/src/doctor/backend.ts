import type { BackendDefinition, Diagnosis, Log } from '../contracts/index.js'
import { hostOf } from '../host.js'
import { optionsOf, type Found, type PluginRegistry } from '../plugins/index.js'
import type { Settings } from '../settings/schema.js'
import { sectionOptions } from '../settings/sections.js'
import { problem } from './problem.js'

export interface BackendDiagnosis {
  readonly found: readonly Diagnosis[]
  /** Its tasks outlive whoever submits them. */
  readonly detachable: boolean
}

const quiet: Log = { info: () => undefined, warn: () => undefined }

/** Whether the backend is there, takes its options, and finds what it needs; and what it says of itself. */
export async function diagnoseBackend(registry: PluginRegistry, name: string, settings: Settings | undefined): Promise<BackendDiagnosis> {
  const what = `backend ${name}`
  try {
    if (name === 'auto') return { found: [await automatic(registry)], detachable: false }
    const found = await registry.find('backend', name)
    const { capabilities, summary } = found.definition
    const lines = await ask(found, settings, what, summary)
    return { found: lines, detachable: capabilities.detachable === true }
  } catch (error) {
    return { found: [problem(what, error)], detachable: false }
  }
}

async function automatic(registry: PluginRegistry): Promise<Diagnosis> {
  const names = (await registry.all('backend')).map(({ definition }) => definition.name)
  if (names.length > 0)
    return { what: 'backend auto', level: 'ok', found: `chosen by the plan (chorale run --dry-run says which): ${names.join(', ')}` }
  return { what: 'backend auto', level: 'problem', found: 'no backend is installed', change: 'npm install chorale' }
}

async function ask(found: Found<'backend'>, settings: Settings | undefined, what: string, summary: string): Promise<readonly Diagnosis[]> {
  const definition: BackendDefinition<unknown> = found.definition
  const options = optionsOf(found, settings ? sectionOptions(settings, 'backend') : {})
  const backend = await definition.create(options, hostOf(quiet))
  try {
    const able = await backend.validateResources().then(
      (): Diagnosis => ({ what, level: 'ok', found: summary }),
      (error: unknown) => problem(what, error),
    )
    return [able, ...((await backend.diagnose?.().catch((error: unknown) => [problem(what, error)])) ?? [])]
  } finally {
    await backend.cleanup()
  }
}
