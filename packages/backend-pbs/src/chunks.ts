/** Ids on one command line; longer ones are cut by some systems at 128 kB, and servers answer in one piece. */
const IDS_AT_ONCE = 200

export const chunks = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / IDS_AT_ONCE) }, (_, i) => ids.slice(i * IDS_AT_ONCE, (i + 1) * IDS_AT_ONCE))
