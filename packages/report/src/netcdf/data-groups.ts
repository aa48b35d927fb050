import { isChoraleError } from '@chorale/core/contracts'

import type { MissingPart, ReadableRun, ShardColumns } from '../readable-run.js'
import type { NetcdfFile, NetcdfGroup, NetcdfVariable } from './netcdf-file.js'

/**
 * The rows that the model was given: columns with the name of an observed site in `observed_data`, the others in `constant_data`, with the number of each row's
 * shard. Rows are in the order of the shards. `shard`: only those of this one.
 */
export async function writeData(
  file: NetcdfFile,
  run: ReadableRun,
  shard: number | undefined,
  attributes: Readonly<Record<string, string | number>>,
): Promise<readonly MissingPart[]> {
  const rows = await countRows(run, shard)
  if ('why' in rows) return [rows]
  if (rows.count === 0) return []
  let variables: ReadonlyMap<string, NetcdfVariable> | undefined
  let from = 0
  for await (const part of run.data()) {
    if (shard !== undefined && part.shard !== shard) continue
    variables ??= dataVariables(file, part, rows.count, attributes)
    const range = [[from, from + part.rows]] as const
    for (const { name, values } of part.columns) variables.get(name)?.write(range, values)
    variables.get(SHARD)?.write(range, new Float64Array(part.rows).fill(part.shard))
    from += part.rows
  }
  return []
}

/** Key of the rows' shards: no name that a column can have. */
const SHARD = '/shard'

/** All parts are read once before anything is written, so that damaged data leave no half of themselves. */
async function countRows(run: ReadableRun, shard: number | undefined): Promise<{ readonly count: number } | MissingPart> {
  let count = 0
  try {
    for await (const part of run.data()) if (shard === undefined || part.shard === shard) count += part.rows
    return { count }
  } catch (error) {
    if (!isChoraleError(error)) throw error
    return { what: 'observed data', why: error.message.replace(/\.$/, '') }
  }
}

function dataVariables(
  file: NetcdfFile,
  { columns }: ShardColumns,
  rows: number,
  attributes: Readonly<Record<string, string | number>>,
): ReadonlyMap<string, NetcdfVariable> {
  const dimensions = [{ name: 'row', coordinate: { count: rows } }]
  const groups = new Map<string, NetcdfGroup>()
  const groupNamed = (name: string): NetcdfGroup => {
    const group = groups.get(name) ?? file.group(name, attributes)
    groups.set(name, group)
    return group
  }
  const variables = new Map<string, NetcdfVariable>()
  for (const { name, observed, labels } of columns) {
    if (name === '' || name.includes('/') || name.includes('\0') || name === 'row') continue
    const request = { name, type: 'number' as const, dimensions, ...(labels ? { attributes: { labels: JSON.stringify(labels) } } : {}) }
    variables.set(name, groupNamed(observed ? 'observed_data' : 'constant_data').variable(request))
  }
  const shardName = columns.some(({ name }) => name === 'shard') ? 'chorale_shard' : 'shard'
  variables.set(SHARD, groupNamed('constant_data').variable({ name: shardName, type: 'integer', dimensions }))
  return variables
}
