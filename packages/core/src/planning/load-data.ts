import { extname } from 'node:path'

import { ChoraleError, type DataRequest, type LoadedTable, type Model } from '../contracts/index.js'
import { optionsOf, type Found, type PluginRegistry } from '../plugins/index.js'
import type { LoadedSettings } from '../settings/load.js'
import { sectionOptions } from '../settings/sections.js'

/** The data source that the settings name, or that the file's ending chooses. */
export async function findDataSource(registry: PluginRegistry, { settings: { data } }: LoadedSettings): Promise<Found<'dataSource'>> {
  if (data.source !== undefined) return registry.find('dataSource', data.source)
  if (data.path === undefined) {
    throw new ChoraleError('CHORALE_DATA_NOT_NAMED', 'The settings name no data', {
      askedBy: 'data',
      fix: 'data: { path: flights.parquet }, or data: { source: inline, columns: { y: [1, 2, 3] } }',
    })
  }
  const ending = extname(data.path).slice(1).toLowerCase()
  const sources = await registry.all('dataSource')
  const found = sources.find(({ definition }) => definition.extensions?.includes(ending))
  if (found) return found
  const endings = sources.flatMap(({ definition }) => definition.extensions ?? [])
  if (endings.length === 0) return registry.find('dataSource', 'parquet', 'data.path')
  throw new ChoraleError('CHORALE_DATA_SOURCE_UNKNOWN', `No data source reads files that end in ".${ending}"`, {
    askedBy: `data.path: ${data.path}`,
    available: endings.map(name => `.${name}`),
    fix: 'name the source: data.source',
  })
}

/** Loads every column that the model, the sharding strategy or the user asks for. */
export async function loadData(
  source: Found<'dataSource'>,
  loaded: LoadedSettings,
  model: Model,
  request: Pick<DataRequest, 'signal' | 'onProgress'>,
): Promise<LoadedTable> {
  const { settings, folder } = loaded
  const { data, sharding } = settings
  const extra = Array.isArray(data.columns) ? (data.columns as readonly string[]) : []
  const inline = data.columns !== undefined && !Array.isArray(data.columns) ? { columns: data.columns } : {}
  const group = typeof model.rows === 'object' ? [model.rows.by] : []
  const options = optionsOf(source, {
    ...(data.path === undefined ? {} : { path: data.path }),
    ...inline,
    ...sectionOptions(settings, 'data'),
  })
  return source.definition.load(options, {
    ...request,
    columns: [...new Set([...model.dataNames, ...group, ...(sharding.by === undefined ? [] : [sharding.by]), ...extra])],
    factors: data.factors,
    every: data.every,
    missing: data.missing,
    folder,
  })
}
