/** A category as it stands in the data. A bigint only where a number would round it. */
export type Level = string | number | bigint

const INTEGER_TEXT = /^(?:0|-?[1-9]\d*)$/

/**
 * Levels in the order of their codes: numbers, and text when every level is an integer written plainly, by value; other text by Unicode code point.
 * The order depends on the levels alone, so neither the rows' order nor the machine's language changes a code.
 */
export function sortedLevels(levels: readonly Level[]): Level[] {
  if (levels.every(level => typeof level !== 'string' || INTEGER_TEXT.test(level))) {
    return levels
      .map(level => ({ level, value: typeof level === 'string' ? BigInt(level) : level }))
      .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0))
      .map(({ level }) => level)
  }
  // UTF-8 bytes sort like code points; JavaScript's own order of strings, by UTF-16 unit, does not.
  return levels
    .map(level => ({ level, bytes: Buffer.from(String(level)) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ level }) => level)
}
