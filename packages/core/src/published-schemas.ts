/** The schemas of what programs read and write, for those that import the package. Everything else asks for a schema when it needs one. */
import { optimizationSchema as optimization } from './optimize/optimization-schema.js'
import { summarySchema as summary } from './summary/summary-schema.js'
import { settingsSchema as settings } from './settings/schema.js'

export const summarySchema = summary()
export const optimizationSchema = optimization()
export const settingsSchema = settings()
