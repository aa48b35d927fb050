type Schema = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: value => typeof value === 'string',
  boolean: value => typeof value === 'boolean',
  number: value => Number.isFinite(value),
  integer: value => Number.isInteger(value),
  null: value => value === null,
  array: value => Array.isArray(value),
  object: isObject,
}

/** Whether a value has what each keyword asks for; false also where that is not certain. */
const KEYWORDS: Readonly<Record<string, (asked: never, value: unknown, schema: Schema) => boolean>> = {
  $schema: () => true,
  title: () => true,
  description: () => true,
  default: () => true,
  type: (asked: string | readonly string[], value) => [asked].flat().some(type => TYPES[type]?.(value) ?? false),
  const: (asked: unknown, value) => asked === value,
  enum: (asked: readonly unknown[], value) => asked.includes(value),
  minimum: (asked: number, value) => typeof value !== 'number' || value >= asked,
  maximum: (asked: number, value) => typeof value !== 'number' || value <= asked,
  exclusiveMinimum: (asked: number, value) => typeof value !== 'number' || value > asked,
  exclusiveMaximum: (asked: number, value) => typeof value !== 'number' || value < asked,
  // Lengths are counted in characters, not in UTF-16 units: only that of nothing is as sure.
  minLength: (asked: number, value) => typeof value !== 'string' || asked === 0 || (asked === 1 && value !== ''),
  minItems: (asked: number, value) => !Array.isArray(value) || value.length >= asked,
  anyOf: (asked: readonly Schema[], value) => asked.some(schema => isPlainlyValid(schema, value)),
  items: (asked: Schema, value) => !Array.isArray(value) || value.every(item => isPlainlyValid(asked, item)),
  required: (asked: readonly string[], value) => !isObject(value) || asked.every(name => Object.hasOwn(value, name)),
  propertyNames: (asked: Schema, value) => !isObject(value) || Object.keys(value).every(name => isPlainlyValid(asked, name)),
  properties: (asked: Readonly<Record<string, Schema>>, value) =>
    !isObject(value) || Object.entries(asked).every(([name, schema]) => !Object.hasOwn(value, name) || isPlainlyValid(schema, value[name])),
  additionalProperties(asked: Schema | boolean, value, { properties = {} }) {
    if (!isObject(value) || asked === true) return true
    const others = Object.keys(value).filter(name => !Object.hasOwn(properties as object, name))
    return asked === false ? others.length === 0 : others.every(name => isPlainlyValid(asked, value[name]))
  },
}

/** Whether a value has what a schema of these keywords and no other asks for; false also where that is not certain. */
export const isPlainlyValid = (schema: unknown, value: unknown): boolean =>
  schema === true ||
  (isObject(schema) && Object.entries(schema).every(([keyword, asked]) => KEYWORDS[keyword]!(asked as never, value, schema)))

/** Whether everything in a schema is understood: an unknown keyword or type may also be a mistake, which a validator reports. */
function isPlain(schema: unknown): boolean {
  if (schema === true) return true
  if (!isObject(schema) || !Object.keys(schema).every(keyword => Object.hasOwn(KEYWORDS, keyword))) return false
  const { type = [], properties = {}, anyOf = [], items = true, additionalProperties = true, propertyNames = true } = schema
  const inner = [...Object.values(properties as object), ...(anyOf as unknown[]), items, additionalProperties || true, propertyNames]
  return [type].flat().every(name => Object.hasOwn(TYPES, name as string)) && inner.every(isPlain)
}

/**
 * Options with the defaults of their JSON Schema, where they plainly meet it; undefined where a validator must say: one takes longer to load and compile than
 * many a run takes. Understands the keywords that options are made of.
 */
export function plainOptions(schema: Schema, options: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  if (!isPlain(schema)) return undefined
  const value: Record<string, unknown> = structuredClone(options)
  for (const [name, property] of Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, unknown>>)) {
    if (!isObject(property)) continue
    // Defaults within options are rare, and what a validator does with them depends on where they stand.
    if (hasInnerDefaults(property)) return undefined
    if (value[name] === undefined && 'default' in property) value[name] = structuredClone(property['default'])
  }
  return isPlainlyValid(schema, value) ? value : undefined
}

const hasInnerDefaults = (schema: Schema): boolean =>
  Object.entries(schema).some(([keyword, inner]) => keyword !== 'default' && JSON.stringify(inner).includes('"default":'))
