import { existsSync, readFileSync, readdirSync } from 'node:fs'

/**
 * Which package may import which. A workspace package is matched by the name in the import and by the compiled file that the name resolves to, so the
 * rules hold before and after a build.
 */

const manifestOf = name => JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'))
const names = readdirSync('packages').filter(name => existsSync(`packages/${name}/package.json`))
const manifests = new Map(names.map(name => [name, manifestOf(name)]))

const any = words => `(?:${words.join('|')})`
const sourcesOf = name => `^packages/${name}/(?:src|bin)/`
/** A package of this workspace, whole or one subpath of it, however it is imported. */
const workspace = (name, subpath = '') =>
  subpath === ''
    ? `^(?:${name === 'chorale' ? '' : '@chorale/'}${name}(?:/|$)|packages/${name}/)`
    : `^(?:@chorale/${name}/${subpath}$|packages/${name}/(?:src|dist)/${subpath}/)`
const npm = packages => `(?:^|node_modules/)${any(packages)}(?:/|$)`

const anyWorkspace = `^(?:@chorale/|chorale(?:/|$)|packages/)`
const contracts = workspace('core', 'contracts')
const random = workspace('random')
const diagnostics = workspace('diagnostics')
const wasm = workspace('wasm')

const isPlatform = name => ['core', 'random', 'diagnostics', 'wasm', 'cli', 'chorale'].includes(name)
const parts = names.filter(name => !isPlatform(name))

/** Package `name` imports of this workspace only itself and what `allowed` matches. */
const arrow = (name, allowed, comment) => ({
  name: `${name}-arrows`,
  comment,
  severity: 'error',
  from: { path: sourcesOf(name) },
  to: { path: anyWorkspace, pathNot: [`^packages/${name}/`, ...allowed] },
})

/** Package `name` does not import a workspace package that its package.json does not list. */
function listed(name) {
  const { dependencies, peerDependencies, optionalDependencies } = manifests.get(name)
  const declared = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })
  const allowed = names.filter(other => other === name || declared.includes(manifests.get(other).name))
  return {
    name: `${name}-lists-what-it-imports`,
    comment: `packages/${name}/package.json must list every workspace package that its sources import.`,
    severity: 'error',
    from: { path: sourcesOf(name) },
    to: { path: anyWorkspace, pathNot: allowed.map(other => workspace(other)) },
  }
}

const optionalPeers = [...manifests.values()].flatMap(({ peerDependenciesMeta }) =>
  Object.entries(peerDependenciesMeta ?? {}).flatMap(([name, { optional }]) => (optional ? [name] : [])),
)

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'contracts-import-nothing',
      comment: 'The contracts are all that a plugin depends on: no package, no Node module, nothing else of core.',
      severity: 'error',
      from: { path: '^packages/core/src/contracts/' },
      to: { path: '.', pathNot: '^packages/core/src/contracts/' },
    },
    {
      name: 'random-imports-nothing',
      comment: 'Random numbers are pure functions of keys, in every process and browser alike.',
      severity: 'error',
      from: { path: '^packages/random/src/' },
      to: { path: '.', pathNot: '^packages/random/src/' },
    },
    {
      name: 'diagnostics-are-pure',
      comment: 'Diagnostics read numbers and return numbers: no Node module.',
      severity: 'error',
      from: { path: '^packages/diagnostics/src/' },
      to: { dependencyTypes: ['core'] },
    },
    arrow('diagnostics', [contracts], 'diagnostics imports at most the contracts.'),
    arrow('wasm', [contracts], 'wasm imports at most the contracts.'),
    arrow('core', [random, diagnostics], 'core finds samplers, backends, models and combiners by name; it imports none.'),
    arrow('cli', [workspace('core')], 'The command talks to core only.'),
    ...parts.map(name =>
      arrow(
        name,
        // A backend with threads or processes of its own starts the same job there as core does here; a report is of what core has recorded.
        [
          contracts,
          random,
          diagnostics,
          wasm,
          ...(name.startsWith('backend-') ? [workspace('core', 'job(?:/thread)?')] : []),
          ...(name === 'report' ? [workspace('core', 'results')] : []),
        ],
        `${name} knows the contracts, not the rest of core, and no sibling.`,
      ),
    ),
    ...names.map(listed),
    {
      name: 'no-unlisted-npm',
      comment: "A package's sources import only what its package.json lists; a root devDependency is not there after an install.",
      severity: 'error',
      from: { path: '^packages/[^/]+/(?:src|bin)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-dependency',
      comment: 'A devDependency is not there after an install.',
      severity: 'error',
      from: { path: '^packages/[^/]+/(?:src|bin)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional', 'type-only'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'Nothing by this name is installed for the package that imports it.',
      severity: 'error',
      from: { path: '^packages/[^/]+/(?:src|bin|test)/' },
      to: {
        couldNotResolve: true,
        pathNot: ['^\\.\\./dist/', any(names.map(name => workspace(name))), ...(optionalPeers.length ? [`^${any(optionalPeers)}`] : [])],
      },
    },
    {
      name: 'no-path-into-another-package',
      comment: 'Other packages are imported by name.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/(?:src|bin)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'no-path-into-sources',
      comment:
        'Tests, too, import other packages by name; the built files of another package may be named by path, where a thread or process loads them.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/[^/]+/src/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'one-composition-root',
      comment: 'Only core/src/composition.ts knows the container: plugins, threads and jobs never load it.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/core/src/composition\\.ts$' },
      to: { path: npm(['tsyringe', 'reflect-metadata']) },
    },
    {
      name: 'one-process-starter',
      comment: 'Only core/src/exec.ts starts processes with execa: arguments are quoted, limited and logged in one place.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/core/src/exec\\.ts$' },
      to: { path: npm(['execa']) },
    },
    {
      name: 'job-stays-small',
      comment: 'What a thread or a batch job loads must start fast and bundle whole.',
      severity: 'error',
      from: { path: '^packages/core/src/job/' },
      to: { path: npm(['zod', 'tsyringe', 'reflect-metadata', 'cosmiconfig', 'pino', 'esbuild']), reachable: true },
    },
    {
      name: 'no-circular',
      comment: 'Modules that import each other cannot be read, tested or loaded one at a time.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    // Imports of types count: they end in the published declarations.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules|^packages/[^/]+/dist/' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
