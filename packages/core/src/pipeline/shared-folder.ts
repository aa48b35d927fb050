import type { BatchBackend } from '../batch/batch-backend.js'
import type { BackendDefinition, Host, MCMCBackend } from '../contracts/index.js'
import { optionsOf, type Found } from '../plugins/index.js'
import type { Settings } from '../settings/schema.js'
import { sectionOptions } from '../settings/sections.js'

/**
 * Before anything is planned or written: the jobs of a batch backend must see the folder of the run, which need not exist. Other backends are not asked.
 * @throws ChoraleError `CHORALE_RUN_ROOT_NOT_SHARED`, or what options that cannot be used throw
 */
export async function requireSharedFolder(found: Found<'backend'>, settings: Settings, folder: string, host: Host): Promise<void> {
  const definition: BackendDefinition<unknown> = found.definition
  if (!definition.capabilities.detachable) return
  const backend: MCMCBackend & Partial<Pick<BatchBackend, 'requireSharedFolder'>> = await definition.create(
    optionsOf(found, sectionOptions(settings, 'backend')),
    host,
  )
  try {
    await backend.requireSharedFolder?.(folder)
  } finally {
    await backend.cleanup()
  }
}
