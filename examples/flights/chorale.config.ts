import { defineConfig } from 'chorale'

export default defineConfig({
  model: './model.ts',
  // All 3,000,000 flights. `every: 15` takes 200,000 of them: enough for a first look, with 8 shards.
  data: { path: './node_modules/vega-datasets/data/flights-3m.parquet' },
  sharding: { shards: 16, strategy: 'random' },
  sampling: { chains: 2, warmup: 150, draws: 250, seed: 2001 },
  // Sixteen shards share the work, so the chains of one may be short: 2 x 250 draws support these gates, not those for a single posterior.
  validation: { maxRhat: 1.05, minEss: 100 },
  output: { directory: 'runs' },
})
