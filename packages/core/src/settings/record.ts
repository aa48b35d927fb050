import type { Json, JsonObject } from '../contracts/index.js'
import { isModelObject, isNumberArray, isPluginObject } from './plain-data.js'
import type { Settings } from './schema.js'

/**
 * Settings as JSON, for records and for printing. Reading them gives equal settings, but for what no file can hold: a model object is left out, a
 * plugin object becomes its name, typed arrays become lists and values that are not finite null.
 */
export function settingsToJson(settings: Settings): JsonObject {
  const { model, plugins, ...rest } = settings
  const values = {
    ...rest,
    plugins: plugins.map(plugin => (isPluginObject(plugin) ? plugin.name : plugin)),
    ...(isModelObject(model) ? {} : { model }),
  }
  return JSON.parse(JSON.stringify(values, (_, value: unknown) => (isNumberArray(value) ? Array.from(value) : value)) as string) as Record<
    string,
    Json
  >
}
