/** A project that runs at once: its files by their names. */
export type StarterFiles = Readonly<Record<string, string>>

export type StarterLanguage = 'javascript' | 'typescript'

/** The same in both languages. */
const MODEL = `import { halfNormal, model, normal } from 'chorale'

export default model(({ data, sample, plate }) => {
  const mu = sample('mu', normal(5, 2))
  const sigma = sample('sigma', halfNormal(1))
  plate('measurements', data.rows, () => sample('density', normal(mu, sigma), { observed: data.vector('density') }))
})
`

/** Density of the earth in units of that of water, 29 times: Cavendish (1798), as in Stigler (1977), Annals of Statistics 5. */
const DENSITIES = [
  '5.50 5.61 4.88 5.07 5.26 5.55 5.36 5.29 5.58 5.65',
  '5.57 5.53 5.62 5.29 5.44 5.34 5.79 5.10 5.27 5.39',
  '5.42 5.47 5.63 5.34 5.46 5.30 5.75 5.68 5.85',
]

const DATA = `density\n${DENSITIES.join(' ').replaceAll(' ', '\n')}\n`

const FILES: Readonly<Record<StarterLanguage, StarterFiles>> = {
  javascript: {
    'model.js': MODEL,
    'chorale.config.yaml': `model: ./model.js
data: { path: density.csv }
sampling: { chains: 4, seed: 1798 }
`,
    'density.csv': DATA,
  },
  typescript: {
    'model.ts': MODEL,
    'chorale.config.ts': `import { defineConfig } from 'chorale'

export default defineConfig({
  model: './model.ts',
  data: { path: 'density.csv' },
  sampling: { chains: 4, seed: 1798 },
})
`,
    'density.csv': DATA,
  },
}

export const starterFiles = (language: StarterLanguage): StarterFiles => FILES[language]
