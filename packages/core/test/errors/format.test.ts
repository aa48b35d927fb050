import { describe, expect, test } from 'vitest'

import { ChoraleError } from '../../src/contracts/index.js'
import { formatError } from '../../src/errors/format.js'

describe('an error for people', () => {
  test('has its code, what happened, and a line for each thing that is known', () => {
    const error = new ChoraleError(
      'CHORALE_BACKEND_NOT_INSTALLED',
      'Backend "pbs" is provided by @chorale/backend-pbs, which is not installed.',
      {
        askedBy: 'chorale.config.ts: backend.name',
        lookedIn: "/home/ada/flights (resolved from the settings file's folder)",
        available: ['cpu', 'workers (aliases: multiprocessing, jax)'],
        fix: 'pnpm add @chorale/backend-pbs',
      },
    )
    expect(formatError(error)).toBe(
      [
        'CHORALE_BACKEND_NOT_INSTALLED  Backend "pbs" is provided by @chorale/backend-pbs, which is not installed.',
        '  asked for by   chorale.config.ts: backend.name',
        "  looked in      /home/ada/flights (resolved from the settings file's folder)",
        '  available      cpu, workers (aliases: multiprocessing, jax)',
        '  fix            pnpm add @chorale/backend-pbs',
      ].join('\n'),
    )
  })

  test('shows no line for what is not known', () => {
    expect(formatError(new ChoraleError('CHORALE_X', 'no.', { available: [], fix: '' }))).toBe('CHORALE_X  no.')
  })

  test.each([
    ['an error', new Error('disk on fire')],
    ['anything else', 'disk on fire'],
  ])('shows its cause, %s', (_, cause) => {
    expect(formatError(new ChoraleError('CHORALE_X', 'no.', { cause }))).toBe('CHORALE_X  no.\n  cause          disk on fire')
  })

  test('does not repeat a cause that the message has told', () => {
    expect(formatError(new ChoraleError('CHORALE_X', 'failed: disk on fire', { cause: new Error('disk on fire') }))).not.toContain('cause')
  })

  test('never sends control characters of foreign text to the terminal', () => {
    const evil = '\u001b]0;owned\u0007\u001b[2Jname\u009b31m\u0008\u007f\r'
    const text = formatError(new ChoraleError('CHORALE_X', `no ${evil}`, { available: [evil], cause: new Error(evil) }))
    // eslint-disable-next-line no-control-regex -- the characters that must not be there
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
    expect(text).toContain('name')
  })

  test('that is not ours keeps its stack, without control characters', () => {
    const text = formatError(new TypeError('x is not\u001b[31m a function'))
    expect(text).toContain('TypeError: x is not[31m a function')
    expect(text).toContain('format.test.ts')
  })

  test('may be anything that was thrown', () => {
    expect(formatError('just text')).toBe('just text')
    expect(formatError(undefined)).toBe('undefined')
  })
})
