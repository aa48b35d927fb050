import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Command, CommanderError } from 'commander'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

import { addSettingsFlags, givenSettingsFlags, overridesOf, settingsForSampler, type SettingsFlags } from '../src/settings-flags.js'

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

describe('the settings of a command that is named after a sampler', () => {
  const settingsOf = async (yaml: string, ...args: readonly string[]) => {
    const folder = mkdtempSync(join(tmpdir(), 'chorale-flags-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'chorale.config.yaml'), yaml)
    const warnings = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    onTestFinished(() => warnings.mockRestore())
    const flags = parsed('--config', join(folder, 'chorale.config.yaml'), ...args)
    const { settings } = await settingsForSampler(flags, 'laplace', { chains: 1 })
    return { sampling: settings.sampling, said: warnings.mock.calls.map(([text]) => String(text)).join('') }
  }

  test('have that sampler, without the options of the one in the file, which are named', async () => {
    const { sampling, said } = await settingsOf('sampling: { metric: dense, draws: 70 }')
    expect(sampling).toMatchObject({ name: 'laplace', draws: 70, chains: 1 })
    expect(sampling).not.toHaveProperty('metric')
    expect(said).toMatch(/sampling\.metric .* is left out, because chorale laplace chooses "laplace"/)
  })
  test('keep the number of chains where it is said, and options of the sampler itself', async () => {
    expect((await settingsOf('sampling: { chains: 3 }')).sampling.chains).toBe(3)
    expect((await settingsOf('{}', '--set', 'sampling.chains=2', '--set', 'sampling.starts=5')).sampling).toMatchObject({
      chains: 2,
      starts: 5,
    })
    expect((await settingsOf('sampling: { name: laplace, starts: 5 }')).sampling).toMatchObject({ chains: 1, starts: 5 })
  })
})
