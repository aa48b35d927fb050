import { defineConfig } from 'chorale'

export default defineConfig({
  model: './model.ts',
  data: {
    path: './node_modules/vega-datasets/data/flights-3m.parquet',
    // Every 15th of the 3,000,000 flights: 200,000 rows. Set it to 1 for all of them.
    every: 15,
  },
  sharding: { shards: 8, strategy: 'random' },
  sampling: { chains: 2, warmup: 150, draws: 250, seed: 2001 },
  // Eight shards share the work, so the chains of one may be short: 2 x 250 draws support these gates, not those for a single posterior.
  validation: { maxRhat: 1.05, minEss: 100 },
  output: { directory: 'runs' },
})
