import type * as Hdf5 from 'h5wasm/node'
import type { Dataset, File, Group } from 'h5wasm/node'

import type { NumberType } from '../sample-stats.js'
import { DimensionScales } from './dimension-scales.js'

type Hdf5Module = typeof Hdf5

/** Values of a piece of a variable that HDF5 keeps together. */
const CHUNK_VALUES = 1 << 16

export interface Dimension {
  readonly name: string
  /** What readers label its places with. */
  readonly coordinate: readonly number[] | { readonly count: number }
}

export interface VariableRequest {
  readonly name: string
  readonly type: NumberType
  readonly dimensions: readonly Dimension[]
  readonly attributes?: Readonly<Record<string, string>>
  /** All of its numbers, where they are at hand. Default: they are written in pieces. */
  readonly values?: Float64Array
}

/** Numbers written to the places `from` to `to` (exclusive) of each dimension. */
export interface NetcdfVariable {
  write(ranges: readonly (readonly [from: number, to: number])[], values: Float64Array): void
}

/**
 * A netCDF-4 file: HDF5 with a dimension scale for each dimension, of which the library writes every piece to the disk as it comes. A boolean is a byte with the
 * attribute `dtype`, as xarray has it.
 */
export interface NetcdfFile {
  /** `path`: of the group, `''` for the file itself. Groups above are made. */
  group(path: string, attributes: Readonly<Record<string, string | number>>): NetcdfGroup
  close(): void
}

export interface NetcdfGroup {
  variable(request: VariableRequest): NetcdfVariable
}

const DTYPES: Readonly<Record<NumberType, string>> = { number: '<d', integer: '<q', boolean: '<b' }

const encode = (values: Float64Array, type: NumberType): Float64Array | BigInt64Array | Int8Array => {
  if (type === 'integer') return BigInt64Array.from(values, BigInt)
  return type === 'boolean' ? Int8Array.from(values, value => (value === 0 ? 0 : 1)) : values
}

export async function createNetcdf(path: string): Promise<NetcdfFile> {
  const hdf5 = await import('h5wasm/node')
  await hdf5.ready
  // Thousands of variables on one dimension need attributes of any size, which HDF5 has since version 1.8.
  const file = new hdf5.File(path, 'w', { track_order: true, libver: 'v108' })
  const groups: DimensionScales[] = []
  return {
    group(at, attributes) {
      const group = at === '' ? file : groupAt(hdf5, file, at)
      for (const [name, value] of Object.entries(attributes)) setAttribute(group, name, value)
      const scales = new DimensionScales(group)
      groups.push(scales)
      return netcdfGroup(group, scales)
    },
    close() {
      for (const scales of groups) scales.finish()
      file.flush()
      file.close()
    },
  }
}

function groupAt(hdf5: Hdf5Module, file: File, path: string): Group {
  let group: Group = file
  for (const name of path.split('/')) {
    const found = group.keys().includes(name) ? group.get(name) : group.create_group(name, true)
    if (!(found instanceof hdf5.Group)) throw new Error(`${path} is no group of the file`)
    group = found
  }
  return group
}

function setAttribute(to: Group | Dataset, name: string, value: string | number): void {
  if (typeof value === 'string') to.create_attribute(name, value)
  else if (Number.isSafeInteger(value)) to.create_attribute(name, BigInt64Array.of(BigInt(value)), [])
  else to.create_attribute(name, Float64Array.of(value), [])
}

function netcdfGroup(group: Group, scales: DimensionScales): NetcdfGroup {
  const scaleOf = ({ name, coordinate }: Dimension): void => {
    if (scales.has(name)) return
    const count = 'count' in coordinate ? coordinate.count : coordinate.length
    const scale = createDataset(group, name, 'integer', [count])
    for (let from = 0; from < count; from += CHUNK_VALUES) {
      const to = Math.min(count, from + CHUNK_VALUES)
      const labels = Float64Array.from({ length: to - from }, (_, i) => ('count' in coordinate ? from + i : coordinate[from + i]!))
      scale.write_slice([[from, to]], encode(labels, 'integer'))
    }
    scales.add(name, scale)
  }
  return {
    variable({ name, type, dimensions, attributes = {}, values }) {
      dimensions.forEach(scaleOf)
      const shape = dimensions.map(({ coordinate }) => ('count' in coordinate ? coordinate.count : coordinate.length))
      const dataset = values
        ? group.create_dataset({ name, data: encode(values, type), dtype: DTYPES[type], shape })
        : createDataset(group, name, type, shape)
      scales.attach(
        dataset,
        dimensions.map(dimension => dimension.name),
      )
      if (type === 'boolean') setAttribute(dataset, 'dtype', 'bool')
      for (const [key, value] of Object.entries(attributes)) setAttribute(dataset, key, value)
      return {
        write: (ranges, values) =>
          dataset.write_slice(
            ranges.map(([from, to]) => [from, to]),
            encode(values, type),
          ),
      }
    },
  }
}

/** Made empty and then given its size: the library would take all values of another one at once. */
function createDataset(group: Group, name: string, type: NumberType, shape: readonly number[]): Dataset {
  const dtype = DTYPES[type]
  const empty = encode(new Float64Array(0), type)
  const begin = shape.map(() => 0)
  const dataset = group.create_dataset({ name, data: empty, dtype, shape: begin, maxshape: [...shape], chunks: chunksOf(shape) })
  dataset.resize([...shape])
  return dataset
}

/** From the last dimension on, whole as long as they fit into a piece. */
function chunksOf(shape: readonly number[]): number[] {
  let left = CHUNK_VALUES
  return [...shape]
    .reverse()
    .map(length => {
      const chunk = Math.max(1, Math.min(length, left))
      left = Math.floor(left / chunk)
      return chunk
    })
    .reverse()
}
