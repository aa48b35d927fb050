import { describe, expect, test } from 'vitest'

import { editDistance, nearest } from '../../src/settings/nearest.js'

describe('edit distance', () => {
  // Known distances: kitten/sitting is Levenshtein's textbook pair; "ca" -> "abc" is 3 in optimal string alignment (2 in the unrestricted distance).
  test.each([
    ['kitten', 'sitting', 3],
    ['draws', 'dwars', 2],
    ['draws', 'darws', 1],
    ['ca', 'abc', 3],
    ['', 'abc', 3],
    ['same', 'same', 0],
  ])('%s to %s is %i', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance)
    expect(editDistance(to, from)).toBe(distance)
  })
})

describe('nearest', () => {
  test('finds a misspelling, nearest first', () => {
    expect(nearest('wramup', ['draws', 'warmup', 'chains'])).toEqual(['warmup'])
    expect(nearest('drws', ['rows', 'draws'])[0]).toBe('draws')
  })

  test('case and underscores do not count', () => {
    expect(nearest('TARGET_ACCEPT_PROB', ['targetAcceptProb'])).toEqual(['targetAcceptProb'])
  })

  test('a beginning of three letters is enough', () => {
    expect(nearest('targ', ['targetAcceptProb', 'maxTreeDepth'])).toEqual(['targetAcceptProb'])
  })

  test('says nothing when nothing is near', () => {
    expect(nearest('banana', ['draws', 'warmup'])).toEqual([])
    expect(nearest('', ['draws'])).toEqual([])
  })
})
