import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bundleJob, type CodeReference, type ModelReference } from '@chorale/core'

interface Bundle {
  readonly model: Extract<ModelReference, { readonly kind: 'bundle' }>
  readonly text: string
}

const bundles = new Map<string, Promise<Bundle>>()

/** Puts the job of a model module into a run directory. Runs of one module share a bundle: making it takes longer than most of them. */
export async function bundledModel(run: string, source: string, sampler: CodeReference): Promise<ModelReference> {
  const which = `${sampler.name}\n${source}`
  const made = bundles.get(which) ?? bundle(source, sampler)
  bundles.set(which, made)
  const { model, text } = await made
  const file = join(run, model.path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  return model
}

async function bundle(source: string, sampler: CodeReference): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'chorale-bundle-'))
  try {
    await writeFile(join(folder, 'model.mjs'), source)
    const { path, digest } = await bundleJob({
      model: { path: 'model.mjs', exportName: 'default' },
      sampler,
      folder,
      outputDirectory: folder,
    })
    return { model: { kind: 'bundle', path, exportName: 'default', digest }, text: await readFile(join(folder, path), 'utf8') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
