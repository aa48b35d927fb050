import type * as Tsyringe from 'tsyringe'

import { systemClock, type Clock } from './clock.js'
import { Disposal } from './disposal.js'
import { systemExec, type Exec } from './exec.js'
import { logEvent } from './log/log-event.js'
import { RunLogFile } from './log/run-log.js'
import { library } from './library.js'
import type { Pipeline } from './pipeline/pipeline.js'
import type { RunObserver } from './run-event.js'
import type { Planner } from './planning/plan-run.js'
import type { BuiltinPlugin } from './plugins/builtin.js'
import { PluginRegistry } from './plugins/index.js'
import type { LoadedSettings } from './settings/index.js'
import { CLOCK, EXEC, LOG, OBSERVER, PIPELINE, PLANNER, REGISTRY, SETTINGS, type Token } from './tokens.js'

export interface RuntimeOptions {
  readonly settings: LoadedSettings
  /** The packages that the entry package brings. */
  readonly builtins?: readonly BuiltinPlugin[]
  /** Hears everything that happens. */
  readonly observe?: RunObserver
  readonly clock?: Clock
  readonly exec?: Exec
}

/** The services of one run. */
export interface Runtime extends AsyncDisposable {
  readonly registry: PluginRegistry
  readonly pipeline: Pipeline
  readonly planner: Planner
}

type Services<D extends readonly Token<unknown>[]> = { [I in keyof D]: D[I] extends Token<infer T> ? T : never }

/**
 * Composes the services of one run, in a container of its own. This is the only file that knows the container: services are plain classes, and every
 * constructor parameter is given by its token here, checked against the constructor's types.
 */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { settings, builtins = [], observe = () => undefined, clock = systemClock, exec = systemExec } = options
  const disposal = new Disposal()
  const container = tsyringe().container.createChildContainer()
  const [{ Planner }, { Pipeline }] = await Promise.all([import('./planning/plan-run.js'), import('./pipeline/pipeline.js')])

  value(container, SETTINGS, settings)
  value(container, CLOCK, clock)
  value(container, EXEC, exec)
  value(container, OBSERVER, event => {
    logEvent(resolve(container, LOG), event)
    observe(event)
  })
  value(container, REGISTRY, new PluginRegistry({ builtins, folder: settings.folder }))
  service(container, disposal, LOG, RunLogFile, [])
  service(container, disposal, PLANNER, Planner, [SETTINGS, REGISTRY, CLOCK, OBSERVER])
  service(container, disposal, PIPELINE, Pipeline, [REGISTRY, PLANNER, CLOCK, LOG, OBSERVER])

  const registry = resolve(container, REGISTRY)
  for (const plugin of settings.settings.plugins) await registry.register(plugin, 'plugins')
  return {
    registry,
    pipeline: resolve(container, PIPELINE),
    planner: resolve(container, PLANNER),
    [Symbol.asyncDispose]: () => disposal[Symbol.asyncDispose](),
  }
}

function tsyringe(): typeof Tsyringe {
  library('reflect-metadata')
  return library('tsyringe')
}

function value<T>(container: Tsyringe.DependencyContainer, token: Token<T>, instance: T): void {
  container.register(token as symbol, { useValue: instance })
}

/** One instance per run, made when it is first asked for, and disposed of with the run: the container itself would skip what a factory made. */
function service<T, const D extends readonly Token<unknown>[]>(
  container: Tsyringe.DependencyContainer,
  disposal: Disposal,
  token: Token<T>,
  Service: new (...services: Services<D>) => T,
  dependencies: D,
): void {
  const { inject, injectable, instanceCachingFactory } = tsyringe()
  dependencies.forEach((dependency, index) => inject(dependency as symbol)(Service, undefined, index))
  const constructable = Service as new (...services: unknown[]) => T & object
  injectable()(constructable)
  container.register(token as symbol, { useFactory: instanceCachingFactory(made => disposal.add(made.resolve(constructable))) })
}

const resolve = <T>(container: Tsyringe.DependencyContainer, token: Token<T>): T => container.resolve(token as symbol)
