/** Any value that survives `JSON.stringify` and `JSON.parse` unchanged: what messages, records and settings are made of. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/** A JSON object; a member that is undefined is none. */
export interface JsonObject {
  readonly [key: string]: Json
}
