import type { Plugin } from '../../src/contracts/index.js'

/** The text of a module whose default export is a plugin with one backend. */
export const backendModule = (plugin: string, backend: string, aliases: readonly string[] = [], apiVersion = 1): string =>
  `export default { name: '${plugin}', apiVersion: ${apiVersion}, backends: [
    { name: '${backend}', aliases: ${JSON.stringify(aliases)}, summary: '', capabilities: {}, create: () => ({}) },
  ] }\n`

const packageJson = (name: string, exports: object): string =>
  JSON.stringify({ name, version: '3.1.4', type: 'module', exports: { '.': exports, './package.json': './package.json' } })

/** The files of a package, as an installer would lay them out under a folder. */
export const packageFiles = (name: string, module: string, exports: object = { default: './index.js' }, root = 'node_modules') => ({
  [`${root}/${name}/package.json`]: packageJson(name, exports),
  [`${root}/${name}/index.js`]: module,
})

/** A plugin as an object, with one backend. */
export const backendPlugin = (name: string, backend: string, aliases: readonly string[] = []): Plugin => ({
  name,
  apiVersion: 1,
  backends: [{ name: backend, aliases, summary: '', capabilities: {}, create: () => Promise.reject(new Error('not used')) }],
})
