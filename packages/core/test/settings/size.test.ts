import { describe, expect, test } from 'vitest'

import { parseSize } from '../../src/settings/size.js'

describe('sizes', () => {
  test.each([
    ['8GB', 8_000_000_000],
    ['512 MiB', 536_870_912],
    ['1.5kB', 1_500],
    ['2 tib', 2_199_023_255_552],
    [' 100b ', 100],
  ])('%s is %i bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  test.each(['8', '8G', 'GB', '-1GB', '1e3MB', '0.1B', '8 GB extra', '9999999999TB', 'iB', '1iB'])('%s is not a size', text => {
    expect(parseSize(text)).toBeUndefined()
  })
})
