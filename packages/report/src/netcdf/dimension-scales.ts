import type { Dataset, Group, Reference } from 'h5wasm/node'

/** Attachments after which the list of a scale begins anew. */
const LISTED = 64
const LIST = 'REFERENCE_LIST'

/** One end of an attachment. */
interface Attached {
  readonly reference: Reference
  readonly axis: number
}

/**
 * The dimension scales of a group. Each variable names its scales, and each scale lists its variables; the library writes this list anew at every attachment, which
 * for thousands of variables is most of the work. It is kept short meanwhile, and written whole at the end.
 */
export class DimensionScales {
  readonly #path: string
  readonly #scales = new Map<string, { readonly dataset: Dataset; readonly attached: Attached[] }>()

  /** `path`: of the group, with a slash at the end. */
  constructor(group: Group) {
    this.#path = group.path === '/' ? '/' : `${group.path}/`
  }

  has(name: string): boolean {
    return this.#scales.has(name)
  }

  add(name: string, dataset: Dataset): void {
    dataset.make_scale(name)
    this.#scales.set(name, { dataset, attached: [] })
  }

  attach(variable: Dataset, names: readonly string[]): void {
    const reference = variable.create_reference()
    names.forEach((name, axis) => {
      const { dataset, attached } = this.#scales.get(name)!
      variable.attach_scale(axis, `${this.#path}${name}`)
      attached.push({ reference, axis })
      if (attached.length % LISTED === 0) dataset.delete_attribute(LIST)
    })
  }

  /** Writes the lists that were cut short. */
  finish(): void {
    for (const { dataset, attached } of this.#scales.values()) {
      if (attached.length < LISTED) continue
      if (attached.length % LISTED !== 0) dataset.delete_attribute(LIST)
      const columns = new Map<string, unknown>([
        ['dataset', attached.map(({ reference }) => reference)],
        ['dimension', Int32Array.from(attached, ({ axis }) => axis)],
      ])
      // The types of the library know no table of columns here.
      const list = columns as unknown as Parameters<Dataset['create_attribute']>[1]
      dataset.create_attribute(LIST, list, [attached.length], REFERENCES as unknown as string)
    }
  }
}

const REFERENCES = [
  ['dataset', 'Reference'],
  ['dimension', '<i'],
]
