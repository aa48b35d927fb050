/**
 * The default export of a TypeScript file. Without jiti's file cache: that is executable code under a name that anybody can guess, in a folder that
 * everybody can write to. Without its module cache, so that an edited file is read again.
 */
export async function importTypeScript(file: string): Promise<unknown> {
  const { createJiti } = await import('jiti')
  const jiti = createJiti(file, { fsCache: false, rebuildFsCache: false, moduleCache: false, interopDefault: false })
  return (await jiti.import<{ readonly default?: unknown }>(file)).default
}
