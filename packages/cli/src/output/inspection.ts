import { relative } from 'node:path'

import type { ModelDescription, ModelInspection } from '@chorale/core'

import { fixedLine } from './fixed.js'
import { labelled } from './labelled.js'
import { counted, formatCount } from './number.js'
import { formatTable } from './table.js'

/** A model for people: what it is, then tables of plates, sites and kernels, as far as they are known. */
export function describeInspection(inspection: ModelInspection, settingsFile: string | undefined): string {
  const { description, bound, fixed } = inspection
  const tables = description ? describedTables(description, Object.keys(fixed)) : bound ? writtenTables(bound) : []
  return `${[facts(inspection, settingsFile), ...tables].join('\n')}`
}

function facts({ model, rows, dataNames, fixed, data, bound, description }: ModelInspection, settingsFile: string | undefined): string {
  const product = typeof rows === 'object' ? `independent groups of "${rows.by}"` : ROWS[rows]
  const lines = [
    labelled('Model', model),
    labelled('Rows', product),
    ...(description ? [labelled('', description.rowsReason)] : []),
    labelled('Columns', dataNames.length === 0 ? 'none' : dataNames.join(', ')),
    labelled('Data', data ? dataText(data) : withoutData(settingsFile)),
    ...fixedLine(fixed),
    ...(bound ? [labelled('Space', counted(bound.dimension, 'unconstrained dimension'))] : []),
  ]
  return `${lines.join('\n')}\n`
}

const ROWS = { independent: 'independent: may be sharded, or split between threads', joint: 'joint: one shard, never split' } as const

function dataText({ rows, shards, shardRows }: NonNullable<ModelInspection['data']>): string {
  return shards === 1
    ? counted(rows, 'row')
    : `${counted(rows, 'row')} in ${shards} shards; what follows is the first, of ${counted(shardRows, 'row')}`
}

const withoutData = (settingsFile: string | undefined): string =>
  `not known: ${settingsFile === undefined ? 'no settings file was found' : `${relative(process.cwd(), settingsFile)} names no data`}, so shapes, dimension and kernels are not either`

function describedTables({ plates, sites, kernels }: ModelDescription, fixed: readonly string[]): readonly string[] {
  const plateTable = formatTable(
    ['plate', 'size', 'role'],
    plates.map(({ name, size, role }) => [name, formatCount(size), role]),
    ['left', 'right'],
  )
  const siteTable = formatTable(
    ['site', 'kind', 'distribution', 'plates', 'shape', 'support', 'scope', 'size'],
    sites.map(({ name, kind, distribution, plates: within, shape, support, scope, size }) => {
      const parameter = kind === 'parameter'
      return [
        name,
        parameter && fixed.includes(name) ? 'fixed' : kind,
        distribution || '-',
        within.join(', ') || '-',
        shapeText(shape),
        support || '-',
        parameter ? scope : '-',
        parameter ? formatCount(size) : '-',
      ]
    }),
    [...Array<'left'>(7).fill('left'), 'right'],
  )
  const kernelTable = formatTable(
    ['site', 'kernel', 'reason'],
    kernels.map(({ site, kernel, reason }) => [site, kernel, reason]),
  )
  return [...(plates.length === 0 ? [] : [plateTable]), siteTable, ...(kernels.length === 0 ? [] : [kernelTable])]
}

function writtenTables({ parameters, deterministics }: NonNullable<ModelInspection['bound']>): readonly string[] {
  const parameterTable = formatTable(
    ['parameter', 'shape', 'support', 'scope', 'prior', 'size'],
    parameters.map(({ name, shape, support, scope, prior = 'proper', size }) => [
      name,
      shapeText(shape),
      support,
      scope,
      prior,
      formatCount(size),
    ]),
    [...Array<'left'>(5).fill('left'), 'right'],
  )
  const deterministicTable = formatTable(
    ['deterministic', 'shape'],
    deterministics.map(({ name, shape }) => [name, shapeText(shape)]),
  )
  return [
    parameterTable,
    ...(deterministics.length === 0 ? [] : [deterministicTable]),
    'A hand-written model computes its log density itself: it has no kernels to show.\n',
  ]
}

const shapeText = (shape: readonly number[]): string => (shape.length === 0 ? 'scalar' : shape.join(' x '))
