import type { Json, Model, Plugin } from '../contracts/index.js'

/** Values of one inline column. `null` is a missing value. */
export type ValueList = readonly (number | null)[] | readonly (string | null)[] | Float64Array | Float32Array | Int32Array

export const isModelObject = (value: unknown): value is Model =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Model>).bind === 'function'

export const isPluginObject = (value: unknown): value is Plugin =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<Plugin>).name === 'string' &&
  typeof (value as Partial<Plugin>).apiVersion === 'number'

export const isNumberArray = (value: unknown): value is Float64Array | Float32Array | Int32Array =>
  value instanceof Float64Array || value instanceof Float32Array || value instanceof Int32Array

export function isValueList(value: unknown): value is ValueList {
  if (isNumberArray(value)) return true
  if (!Array.isArray(value)) return false
  const type = typeof value.find(entry => entry !== null)
  return (type === 'undefined' || type === 'number' || type === 'string') && value.every(entry => entry === null || typeof entry === type)
}

/** An object literal: not an array, not an instance of a class. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Settings from another realm (a TypeScript file that is evaluated in a context of its own) have another Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Whether `JSON.stringify` and `JSON.parse` give the same value back. */
export const isJson = (value: unknown): value is Json =>
  value === null ||
  typeof value === 'boolean' ||
  typeof value === 'string' ||
  (typeof value === 'number' && Number.isFinite(value)) ||
  (Array.isArray(value) && value.every(isJson)) ||
  (isRecord(value) && Object.values(value).every(isJson))

/** Options of a section that would not survive JSON, by their path. `undefined` counts as not given. */
export const optionIssues = (
  section: Readonly<Record<string, unknown>>,
  own: readonly string[],
): readonly { path: readonly string[]; message: string }[] =>
  Object.entries(section)
    .filter(([key, value]) => !own.includes(key) && value !== undefined && !isJson(value))
    .map(([key]) => ({
      path: [key],
      message: 'options are plain values: texts, finite numbers, true or false, null, lists and objects of these',
    }))
