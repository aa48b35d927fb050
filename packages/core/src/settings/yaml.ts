import type * as Yaml from 'yaml'

import { library } from '../library.js'

/** As `parse` of the library yaml. */
export const parseYaml = (
  text: string,
  options: Yaml.ParseOptions & Yaml.DocumentOptions & Yaml.SchemaOptions & Yaml.ToJSOptions = {},
): unknown => library<typeof Yaml>('yaml').parse(text, options)
