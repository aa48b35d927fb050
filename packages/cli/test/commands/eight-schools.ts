import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

const EFFECTS = [28, 8, -3, 7, -1, 1, 18, 12]
const ERRORS = [15, 10, 16, 11, 9, 11, 10, 18]
const PRIOR_SD = 5

/** Centred eight schools (Rubin 1981): y[j] ~ N(theta[j], error[j]), theta[j] ~ N(mu, tau), mu ~ N(0, 5), tau half-Cauchy(5). */
const MODEL = `
const Y = ${JSON.stringify(EFFECTS)}, S = ${JSON.stringify(ERRORS)}
export default {
  rows: 'joint',
  dataNames: [],
  bind: () => ({
    parameters: [
      { name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 },
      { name: 'tau', shape: [], support: 'positive', scope: 'global', offset: 1, size: 1 },
      { name: 'theta', shape: [8], support: 'real', scope: 'global', offset: 2, size: 8 },
    ],
    dimension: 10,
    logDensityInto(g, p, { prior, jacobian, likelihood }) {
      const mu = p[0], tau = Math.exp(p[1]), r = tau / 5
      g[0] = -prior * mu / 25
      g[1] = -prior * 2 * r * r / (1 + r * r) + jacobian - prior * 8
      let v = prior * (-mu * mu / 50 - Math.log1p(r * r) - 8 * p[1]) + jacobian * p[1]
      for (let j = 0; j < 8; j++) {
        const z = (p[2 + j] - mu) / tau, e = (Y[j] - p[2 + j]) / S[j]
        v -= 0.5 * (prior * z * z + likelihood * e * e)
        g[0] += prior * z / tau
        g[1] += prior * z * z
        g[2 + j] = likelihood * e / S[j] - prior * z / tau
      }
      return v
    },
    constrainInto(values, p) { values.set(p); values[1] = Math.exp(p[1]) },
    unconstrainInto(p, values) { p.set(values); p[1] = Math.log(values[1]) },
    deterministics: [{ name: 'spread', shape: [] }],
    deterministicInto(values, p) { values[0] = 2 * Math.exp(p[1]) },
  }),
}
`

/** Means and sds of mu and theta given tau. Gelman et al., Bayesian Data Analysis, third edition, section 5.4. */
export function schoolsGiven(tau: number): Readonly<Record<string, { readonly mean: number; readonly sd: number }>> {
  const weights = ERRORS.map(error => 1 / (error * error + tau * tau))
  const precision = 1 / (PRIOR_SD * PRIOR_SD) + weights.reduce((a, b) => a + b, 0)
  const mu = weights.reduce((total, w, j) => total + w * EFFECTS[j]!, 0) / precision
  const theta = ERRORS.map((error, j): [string, { readonly mean: number; readonly sd: number }] => {
    const own = 1 / (error * error) + 1 / (tau * tau)
    const share = 1 / (tau * tau) / own
    const mean = EFFECTS[j]! / (error * error * own) + share * mu
    return [`theta[${j + 1}]`, { mean, sd: Math.sqrt(1 / own + (share * share) / precision) }]
  })
  return { mu: { mean: mu, sd: 1 / Math.sqrt(precision) }, ...Object.fromEntries(theta) }
}

/** A folder with the model and settings for it; removed at the end of the test. */
export function schoolsProject(sampling: string): { readonly folder: string; readonly config: string; readonly model: string } {
  const folder = mkdtempSync(join(tmpdir(), 'chorale-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [config, model] = [join(folder, 'chorale.config.yaml'), join(folder, 'model.mjs')]
  writeFileSync(model, MODEL)
  writeFileSync(config, `model: ./model.mjs\ndata: { columns: { row: [1] } }\nbackend: cpu\nsampling: ${sampling}\n`)
  return { folder, config, model }
}
