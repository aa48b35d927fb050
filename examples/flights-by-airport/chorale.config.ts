import { defineConfig } from 'chorale'

export default defineConfig({
  model: './model.ts',
  data: {
    path: './node_modules/vega-datasets/data/flights-3m.parquet',
    // Airports become codes from 0, in alphabetical order.
    factors: ['origin'],
    // Every 300th of the 3,000,000 flights: 10,000 rows.
    every: 300,
  },
  sharding: { shards: 1 },
  sampling: { chains: 4, warmup: 250, draws: 1000, seed: 2001 },
  output: { directory: 'runs' },
})
