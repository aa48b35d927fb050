import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { OptimizationSummary, Summary } from '@chorale/core'
import { describe, expect, test } from 'vitest'

import { chorale } from './chorale.js'
import { schoolsGiven, schoolsProject } from './eight-schools.js'

const TAU = 6.5
const GIVEN = schoolsGiven(TAU)
const FIXED = `{ seed: 3, fixed: { tau: ${TAU} } }`
const onlyRun = (folder: string): string => join(folder, 'runs', readdirSync(join(folder, 'runs'))[0]!)

/** Means within 4 standard errors; sds within 4 of theirs, about sd / sqrt(2 ess). */
function expectGiven(parameters: Summary['parameters']): void {
  expect(Object.keys(parameters)).toEqual([...Object.keys(GIVEN), 'spread'])
  for (const [name, { mean, sd }] of Object.entries(GIVEN)) {
    const found = parameters[name]!
    expect(Math.abs(found.mean - mean) / found.mcseMean!, `mean of ${name}`).toBeLessThan(4)
    expect(Math.abs(found.sd / sd - 1) * Math.sqrt(2 * Math.min(found.essBulk!, 4000)), `sd of ${name}`).toBeLessThan(5)
  }
  expect(parameters['spread']).toMatchObject({ mean: 2 * TAU, sd: 0 })
}

describe('eight schools with tau fixed', () => {
  test('sampled, are the normal posterior of the closed form', async () => {
    const { config } = schoolsProject(FIXED)
    const { code, stdout } = await chorale('run', '--config', config, '--json')
    expect(code).toBe(0)
    const { parameters, verification } = JSON.parse(stdout) as Summary
    expectGiven(parameters)
    expect(verification.verdict).toBe('exact')
  })

  test('are met exactly by the Laplace approximation, whose verdict is a claim all the same', async () => {
    const { config, folder } = schoolsProject(FIXED.replace('seed: 3', 'seed: 3, maxTreeDepth: 5, metric: dense'))
    const { code, stdout, stderr } = await chorale('laplace', '--config', config, '--set', 'sampling.draws=2000', '--json')
    expect(code).toBe(0)
    const { sampler, shards, parameters, verification } = JSON.parse(stdout) as Summary
    expect([sampler, shards[0]!.chains]).toEqual(['laplace', 1])
    expectGiven(parameters)
    expect(verification.verdict).toMatch(/^approximate \(0\.[01]\d sd: laplace, by importance check\)$/)
    expect(stderr).toMatch(/sampling\.metric .* is left out, because chorale laplace chooses "laplace"/)
    expect((await chorale('status', onlyRun(folder))).stdout).toMatch(/^state +finished$/m)
  })

  test('are met by pathfinder, and checked', async () => {
    const { config } = schoolsProject(FIXED)
    const { code, stdout } = await chorale('pathfinder', '--config', config, '--json')
    expect(code).toBe(0)
    const { sampler, verification } = JSON.parse(stdout) as Summary
    expect([sampler, verification.paretoK === null, verification.verdict]).toEqual([
      'pathfinder',
      false,
      expect.not.stringMatching(/^exact/),
    ])
  })

  test('have their mode at the means', async () => {
    const { config, folder } = schoolsProject(FIXED)
    const { code, stdout } = await chorale('optimize', '--config', config, '--json')
    expect(code).toBe(0)
    const summary = JSON.parse(stdout) as OptimizationSummary
    // Climbs end when the density, about -18, changes by less than 1e4 rounding errors: at a distance of some 1e-5 sd.
    for (const [name, { mean, sd }] of Object.entries(GIVEN)) expect((summary.parameters[name]! - mean) / sd).toBeCloseTo(0, 4)
    expect(summary).toMatchObject({
      isConverged: true,
      jacobian: false,
      fixed: { tau: TAU },
      parameters: { spread: 2 * TAU },
      warnings: [],
    })
    expect(summary.found).toBe(summary.starts)
    expect(JSON.parse(readFileSync(join(onlyRun(folder), 'results', 'optimize', 'summary.json'), 'utf8'))).toEqual(summary)
  })

  test('are shown as fixed by model inspect', async () => {
    const { model } = schoolsProject(FIXED)
    const { code, stdout } = await chorale('model', 'inspect', model)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Fixed {4}tau = 6\.5$/m)
    expect(stdout).toMatch(/^Space {4}9 unconstrained dimensions$/m)
  })
})

test('a density without a mode, that of the centred schools with tau, has a best point and the reason in words', async () => {
  const { config } = schoolsProject('{ seed: 3, starts: 1, name: optimize, maxIterations: 200 }')
  const { code, stdout } = await chorale('optimize', '--config', config)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^Best point$/m)
  expect(stdout).toMatch(/^Warning {2}NOT_CONVERGED: No mode was found: /m)
})

test('--jacobian moves the mode of a scale upwards', async () => {
  const { config } = schoolsProject('{ seed: 3, fixed: { theta: [28, 8, -3, 7, -1, 1, 18, 12] } }')
  const modeOf = async (...flags: readonly string[]) =>
    JSON.parse((await chorale('optimize', '--config', config, '--json', ...flags)).stdout) as OptimizationSummary
  const [constrained, unconstrained] = [await modeOf(), await modeOf('--jacobian')]
  expect([constrained.jacobian, unconstrained.jacobian]).toEqual([false, true])
  expect(unconstrained.parameters['tau']).toBeGreaterThan(constrained.parameters['tau']! + 0.1)
})

describe('a run that looked for a mode', () => {
  test('is not gone on with, and not combined', async () => {
    const { config, folder } = schoolsProject(FIXED)
    expect((await chorale('optimize', '--config', config)).stdout).toMatch(
      /^Search {3}found by \d of \d starts, \d+ iterations, [\d,]+ gradients$/m,
    )
    const run = onlyRun(folder)
    for (const args of [
      ['run', '--resume', run],
      ['combine', run],
    ]) {
      expect(await chorale(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining('CHORALE_RUN_NOT_SAMPLED') })
    }
    expect((await chorale('status', run)).stdout).toMatch(/^state +finished\n.*\nverdict +a mode, no posterior$/m)
  })
  test('is not what chorale run makes of the settings', async () => {
    const { config, folder } = schoolsProject('{ name: optimize }')
    expect(await chorale('run', '--config', config)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/RUN_NOT_SAMPLED[^]*chorale optimize/),
    })
    expect(() => readdirSync(join(folder, 'runs'))).toThrow(/ENOENT/)
  })
})

test('chorale samplers lists the samplers with their options and defaults', async () => {
  const { config } = schoolsProject('{}')
  const { stdout } = await chorale('samplers', '--config', config)
  for (const name of ['nuts', 'laplace', 'pathfinder', 'optimize']) {
    expect(stdout).toMatch(new RegExp(`^${name} +installed`, 'm'))
    expect(stdout).toContain(`Options of ${name} `)
  }
  expect(stdout).toMatch(/^initRadius +2 +number +Half width/m)
  const listed = JSON.parse((await chorale('samplers', '--config', config, '--json')).stdout) as {
    name: string
    options: { name: string }[]
  }[]
  expect(listed.find(({ name }) => name === 'optimize')!.options.map(({ name }) => name)).toContain('jacobian')
})
