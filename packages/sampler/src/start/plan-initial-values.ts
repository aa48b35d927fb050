import type { Json, JsonObject } from '@chorale/core/contracts'
import { readJsonFile, valueError, type Origin } from './json-file.js'
import { flatten } from './nested-numbers.js'

const OPTION = 'initialValues'
const EXAMPLE = 'give { "mu": 1, "theta": [0.5, 2] }: each parameter with a number, or with arrays nested as its shape is'

/**
 * The option `initialValues` as tasks see it: files read, arrays flat. An object serves every chain; a list has an entry for each.
 * @throws ChoraleError CHORALE_SAMPLER_OPTION, CHORALE_SAMPLER_FILE
 */
export async function planInitialValues(setting: Json, folder: string, chains: number): Promise<Json> {
  if (Array.isArray(setting)) {
    checkLength(setting, { option: OPTION }, chains)
    return Promise.all(setting.map(entry => readEntry(entry, folder)))
  }
  if (typeof setting !== 'string') return flatValues(setting, { option: OPTION })
  const { value, origin } = await readJsonFile(setting, folder, OPTION)
  if (!Array.isArray(value)) return flatValues(value, origin)
  checkLength(value, origin, chains)
  return value.map(entry => flatValues(entry, origin))
}

async function readEntry(entry: Json, folder: string): Promise<JsonObject> {
  if (typeof entry !== 'string') return flatValues(entry, { option: OPTION })
  const { value, origin } = await readJsonFile(entry, folder, OPTION)
  return flatValues(value, origin)
}

function checkLength({ length }: readonly Json[], origin: Origin, chains: number): void {
  if (length === chains) return
  const fix = `give ${chains} entries, or one object for all chains`
  throw valueError(origin, `${OPTION} lists ${length} starts for ${chains} ${chains === 1 ? 'chain' : 'chains'}`, fix)
}

function flatValues(value: Json, origin: Origin): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw valueError(origin, `${OPTION} is not an object of values by parameter`, EXAMPLE)
  }
  const entries = Object.entries(value as JsonObject).map(([name, given]) => {
    const flat = flatten(given)
    if (!flat)
      throw valueError(origin, `${OPTION}: the value of "${name}" is no finite number and no array of such, nested evenly`, EXAMPLE)
    return [name, flat.shape.length === 0 ? flat.numbers[0] : [...flat.numbers]]
  })
  return Object.fromEntries(entries) as JsonObject
}
