/** A bundle that is begun as soon as a settings file is read: esbuild works on another core while the rest of a run is loaded. */
import { isDeepStrictEqual } from 'node:util'
import { findKnownName } from '../plugins/known-packages.js'
import type { BuiltinPlugin } from '../plugins/builtin.js'
import { beginBundle, type JobSources } from './bundle-job.js'

export interface BegunBundle {
  readonly sources: JobSources
  readonly text: Promise<string>
}

/** What a bundle that settings ask for is made of, told before they are checked; undefined where that cannot be told. */
function sourcesAtAGlance(content: unknown, folder: string, builtins: readonly BuiltinPlugin[]): JobSources | undefined {
  const { model, sampling } = Object(content) as { readonly model?: unknown; readonly sampling?: unknown }
  const { path, export: exportName = 'default' } = (typeof model === 'string' ? { path: model } : Object(model)) as Record<string, unknown>
  const { name = 'nuts' } = (typeof sampling === 'string' ? { name: sampling } : Object(sampling)) as Record<string, unknown>
  if (typeof path !== 'string' || typeof exportName !== 'string' || typeof name !== 'string') return undefined
  const provider = findKnownName('sampler', name)?.package
  const url = builtins.find(builtin => builtin.package === provider)?.url
  return url === undefined ? undefined : { model: { path, exportName }, sampler: { name, url }, folder }
}

/** Begins the bundle that the content of a settings file seems to ask for. Should the checked settings ask for another, this one was in vain. */
export function beginAtAGlance(content: unknown, folder: string, builtins: readonly BuiltinPlugin[]): BegunBundle | undefined {
  const sources = sourcesAtAGlance(content, folder, builtins)
  return sources && begin(sources)
}

/** Goes on with a begun bundle if it is of these sources; begins one otherwise. What goes wrong is heard when its text is awaited. */
export const bundleOf = (sources: JobSources, begun: BegunBundle | undefined): BegunBundle =>
  begun && isDeepStrictEqual(begun.sources, sources) ? begun : begin(sources)

function begin(sources: JobSources): BegunBundle {
  const text = beginBundle(sources)
  text.catch(() => undefined)
  return { sources, text }
}
