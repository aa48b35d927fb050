/** Makes the one file that threads, processes, batch jobs and resumed runs execute: job entry, sampler, model and all they import. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type * as Esbuild from 'esbuild'
import type { BuildOptions, BuildResult, Plugin } from 'esbuild'
import { ChoraleError, isChoraleError } from '../contracts/error.js'
import type { Job } from '../job/load-job.js'
import { library } from '../library.js'
import { makeDirectory, writeOnce } from '../run-directory/atomic-file.js'
import { sha256 } from '../run-directory/file-record.js'
import { jobPath } from '../run-directory/layout.js'
import { ENTRY, withoutPaths } from './anonymous-paths.js'
import { isBuildFailure, NATIVE_ADDON, notPortable, toModelError } from './bundle-error.js'
import { CORE_ENTRIES } from './core-entries.js'
import { modelProblem } from './model-shape.js'

/** What a bundle is made of. */
export interface JobSources {
  /** The user's module, relative to `folder`, and the name of its export. */
  readonly model: { readonly path: string; readonly exportName: string }
  /** Name in the registry, and the module of the plugin that has it: a file URL or an absolute path. */
  readonly sampler: { readonly name: string; readonly url: string }
  /** The folder of the settings file. */
  readonly folder: string
}

export interface BundleRequest extends JobSources {
  /** The run directory. */
  readonly outputDirectory: string
}

export interface BundledJob {
  /** Relative to the output directory: `code/<digest>/job.mjs`. */
  readonly path: string
  /** SHA-256 of the file; equal for equal code, wherever it lies. */
  readonly digest: string
  readonly bytes: number
}

/** CommonJS packages inside an ES module ask for Node's own modules with `require`. */
const REQUIRE_BANNER = `import { createRequire as createRequireOfNode } from 'node:module'\nconst require = createRequireOfNode(import.meta.url)\n`
/** Code in a bundle has no file of its own: names that no program defines, so that asking for them is seen when the bundle is first loaded. */
const NO_PLACE = { __dirname: 'no_dirname_in_a_bundle', __filename: 'no_filename_in_a_bundle' }
/** A package that plans runs and serves models says under this condition of its `exports` what a model needs of it, or everything would be bundled. */
const JOB_CONDITION = 'chorale-job'
/**
 * Of the Go runtime that esbuild is written in: no memory is collected before there is half a gigabyte of it, which few models reach. esbuild's process is
 * spawned within the call of `build`, and a third of its time was collecting.
 */
const GENEROUS = { GOGC: 'off', GOMEMLIMIT: '512MiB' }
const MODEL_ENDINGS = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.cts']

/**
 * Writes `code/<digest>/job.mjs`, loads it, and checks that it exports a model and has the sampler.
 * @throws ChoraleError `CHORALE_MODEL_NOT_FOUND` (the file or an import), `CHORALE_MODEL_UNREADABLE` (syntax, or a throw while loading),
 * `CHORALE_MODEL_NOT_PORTABLE`, `CHORALE_MODEL_INVALID`, `CHORALE_SAMPLER_NOT_FOUND`
 */
export async function bundleJob(request: BundleRequest, begun = beginBundle(request)): Promise<BundledJob> {
  const model = resolve(request.folder, request.model.path)
  const text = await begun
  const digest = sha256(text)
  const path = jobPath(digest)
  const file = join(request.outputDirectory, path)
  await makeDirectory(dirname(file))
  await writeOnce(file, text)
  await checkJob(file, model, request)
  return { path, digest, bytes: Buffer.byteLength(text) }
}

/** The text of `job.mjs`. esbuild makes it in a process of its own, so it may be begun before it is needed. Errors as `bundleJob`. */
export async function beginBundle(request: JobSources): Promise<string> {
  const model = resolve(request.folder, request.model.path)
  requireModelFile(model, request.model.path)
  return buildJob(request, model)
}

function requireModelFile(model: string, asked: string): void {
  if (existsSync(model)) return
  const folder = dirname(model)
  const others = existsSync(folder) ? readdirSync(folder).filter(name => MODEL_ENDINGS.includes(extname(name))) : []
  throw new ChoraleError('CHORALE_MODEL_NOT_FOUND', `There is no model file ${asked}.`, {
    askedBy: 'the setting model',
    lookedIn: folder,
    available: others,
    fix: 'set model to the path of your model module, relative to the settings file',
  })
}

async function buildJob(request: JobSources, model: string): Promise<string> {
  const sampler = request.sampler.url.startsWith('file:') ? fileURLToPath(request.sampler.url) : request.sampler.url
  const options: BuildOptions = {
    stdin: { contents: jobEntry(request, model, sampler), resolveDir: request.folder, sourcefile: ENTRY, loader: 'js' },
    absWorkingDir: request.folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['node:*'],
    conditions: [JOB_CONDITION, 'module'],
    define: NO_PLACE,
    sourcemap: false,
    minify: false,
    legalComments: 'inline',
    charset: 'utf8',
    write: false,
    logLevel: 'silent',
    // By esbuild itself: a plugin would be asked across processes, once for each of the hundreds of imports.
    alias: { ...CORE_ENTRIES },
    plugins: [noNativeAddons],
  }
  const { build } = library<typeof Esbuild>('esbuild')
  let result: BuildResult<{ write: false }>
  try {
    result = (await withVariables(GENEROUS, () => build(options))) as BuildResult<{ write: false }>
  } catch (error) {
    throw isBuildFailure(error) ? toModelError(error, model) : error
  }
  const output = withoutPaths(result.outputFiles[0]!.text, request.folder)
  return output.includes('var __require = ') ? REQUIRE_BANNER + output : output
}

/** Starts something that takes its environment from this process, with some variables that are not set here. */
function withVariables<T>(variables: Readonly<Record<string, string>>, start: () => T): T {
  const added = Object.entries(variables).filter(([name]) => process.env[name] === undefined)
  for (const [name, value] of added) process.env[name] = value
  try {
    return start()
  } finally {
    for (const [name] of added) Reflect.deleteProperty(process.env, name)
  }
}

/** Absolute paths are only for the bundler; it leaves none of them in its output. */
const jobEntry = ({ model: { exportName }, sampler: { name } }: JobSources, model: string, sampler: string): string => `
import { executeTask, findSampler } from '@chorale/core/job'
import * as samplerModule from ${JSON.stringify(sampler)}
import * as modelModule from ${JSON.stringify(model)}
export const model = modelModule[${JSON.stringify(exportName)}]
export const modelExports = Object.keys(modelModule)
export const sampler = findSampler(samplerModule, ${JSON.stringify(name)})
export const runTask = (task, runDirectory, hooks, data) => executeTask({ task, runDirectory, hooks, model, sampler, data })
`

const noNativeAddons: Plugin = {
  name: 'no-native-addons',
  setup(build) {
    build.onLoad({ filter: /\.node$/ }, ({ path }) => ({
      errors: [{ text: `it needs the native addon ${basename(path)}`, detail: NATIVE_ADDON }],
    }))
  },
}

type CheckedJob = Job & { readonly modelExports: readonly string[] }

async function checkJob(file: string, model: string, { model: { exportName } }: BundleRequest): Promise<void> {
  const job = await loadForCheck(file, model)
  const problem = job.modelExports.includes(exportName) ? modelProblem(job.model) : 'does not exist'
  if (problem === undefined) return
  throw new ChoraleError('CHORALE_MODEL_INVALID', `The export "${exportName}" of ${model} ${problem}.`, {
    askedBy: 'the setting model',
    lookedIn: model,
    available: job.modelExports,
    fix: 'export default defineModel({ rows, dataNames, bind }) with defineModel from @chorale/core/contracts',
  })
}

async function loadForCheck(file: string, model: string): Promise<CheckedJob> {
  try {
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as CheckedJob
  } catch (error) {
    if (isChoraleError(error)) throw error
    const message = error instanceof Error ? error.message : String(error)
    if (/\bno_(dirname|filename)_in_a_bundle\b/.test(message))
      throw notPortable('it looks for files beside its own (__dirname)', model, error)
    throw new ChoraleError('CHORALE_MODEL_UNREADABLE', `Loading the model failed: ${message}`, {
      askedBy: 'the setting model',
      lookedIn: model,
      fix: 'mend what the module does when it is loaded: the cause is below',
      cause: error,
    })
  }
}
