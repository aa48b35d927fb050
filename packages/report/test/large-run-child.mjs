/** Exports a run of so many megabytes that is made as it is read; prints by how many the process grew. Arguments: format, path, megabytes. */
import { exportRun } from '../dist/index.js'

const [format, out, megabytes] = process.argv.slice(2)
const WIDTH = 50
const CHAINS = 2
const BLOCK_ROWS = 2000
const rows = Math.ceil((Number(megabytes) * 1e6) / (8 * WIDTH * CHAINS * BLOCK_ROWS)) * BLOCK_ROWS

const values = {
  columns: Array.from({ length: WIDTH }, (_, j) => `v${j}`),
  rows,
  async *blocks() {
    const block = new Float64Array(BLOCK_ROWS * WIDTH)
    for (let at = 0; at < rows; at += BLOCK_ROWS) {
      for (let i = 0; i < block.length; i++) block[i] = at + i + 0.123456789
      yield block
    }
  },
}
const run = {
  path: '/runs/large',
  id: 'large',
  shards: [0],
  missing: [],
  record: undefined,
  summary: undefined,
  posterior: async () => ({
    scale: 'constrained',
    sites: [{ name: 'x', shape: [WIDTH], kind: 'parameter' }],
    chains: Array.from({ length: CHAINS }, (_, chain) => ({ chain, rows, values })),
    missing: [],
  }),
  async *data() {},
}

const { draws } = await exportRun(run, { format, out })
process.stdout.write(JSON.stringify({ draws, bytes: draws * WIDTH * 8, peakBytes: process.resourceUsage().maxRSS * 1024 }))
