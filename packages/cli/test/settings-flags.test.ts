import { Command, CommanderError } from 'commander'
import { expect, test } from 'vitest'

import { addSettingsFlags, givenSettingsFlags, overridesOf, type SettingsFlags } from '../src/settings-flags.js'

function parsed(...args: readonly string[]): SettingsFlags {
  const command = addSettingsFlags(new Command('run'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  return command.parse(args, { from: 'user' }).opts<SettingsFlags>()
}

test('a shorthand overrides its setting and names itself as the origin', () => {
  expect(overridesOf(parsed('--backend', 'workers', '--combiner', 'gaussian', '--seed', '7'))).toEqual([
    { path: 'backend.name', value: 'workers', origin: '--backend workers' },
    { path: 'combination.name', value: 'gaussian', origin: '--combiner gaussian' },
    { path: 'sampling.seed', value: '7', origin: '--seed 7' },
  ])
})

test('--set may be repeated, keeps the order, and splits at the first =', () => {
  expect(overridesOf(parsed('--set', 'sampling.draws=5', '--set', 'data.where=a=b', '--set', 'sampling.draws=6'))).toEqual([
    { path: 'sampling.draws', value: '5', origin: '--set sampling.draws=5' },
    { path: 'data.where', value: 'a=b', origin: '--set data.where=a=b' },
    { path: 'sampling.draws', value: '6', origin: '--set sampling.draws=6' },
  ])
})

test.each(['sampling.draws', '=5', ''])('--set %j is refused', pair => {
  expect(() => parsed('--set', pair)).toThrow(CommanderError)
})

test('flags that were given are listed as they are written; none by default', () => {
  expect(givenSettingsFlags(parsed())).toEqual([])
  expect(givenSettingsFlags(parsed('-c', 'x.yaml', '--seed', '1', '--set', 'a=1', '--set', 'b=2'))).toEqual(['--config', '--seed', '--set'])
})
