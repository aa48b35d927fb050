/** Peak memory of runs in processes of their own, above that of an idle Node: of 8 workers over 1 GB of data, and beside what backends estimate. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { planRun } from './planned-run.mjs'

const here = name => fileURLToPath(new URL(name, import.meta.url))

function inChild(request) {
  const folder = mkdtempSync(join(tmpdir(), 'chorale-memory-'))
  try {
    const file = join(folder, 'request.json')
    if (request) writeFileSync(file, JSON.stringify(request))
    const { status, stdout, stderr } = spawnSync(process.execPath, [here('memory-child.mjs'), ...(request ? [file] : [])], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stderr)
    return JSON.parse(stdout)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const short = { warmup: 2, draws: 2, maxTreeDepth: 2 }

/** Eight shards of a model that reads its columns where they lie. */
export async function measureWorkersMemory({ bytes = 1e9, threads = 8 }) {
  const rows = Math.round(bytes / 8 / threads)
  const table = (_, shard) => ({ rows, columns: [{ name: 'y', values: new Float64Array(rows).fill(shard / threads) }] })
  const plan = await planRun({ model: here('tiny-model.mjs'), tables: Array.from({ length: threads }, table), ...short })
  try {
    const { run, tasks } = plan
    const { peak } = inChild({ plan: { run, tasks }, backend: 'workers', parallelTasks: threads, chains: 1 })
    return { data: rows * 8 * threads, peak, idle: inChild().peak }
  } finally {
    plan.dispose()
  }
}

/** Columns that need no random numbers: only their size matters. */
function wideTable(bytes, columns) {
  const rows = Math.round(bytes / 8 / (columns + 1))
  const values = j => Float64Array.from({ length: rows }, (_, i) => ((i * (2 * j + 3)) % 1009) / 1009 - 0.5)
  const y = Float64Array.from({ length: rows }, (_, i) => (i * i) % 2)
  return { rows, columns: [...Array.from({ length: columns }, (_, j) => ({ name: `x${j}`, values: values(j) })), { name: 'y', values: y }] }
}

/** Estimate and peak of each backend, for a fused kernel and for a loop over the rows. */
export async function measureEstimates({ sizes = [2e8, 4e8, 8e8], sides }) {
  const idle = inChild().peak
  const found = []
  for (const model of ['logistic-model.mjs', 'robust-model.mjs']) {
    for (const bytes of sizes) {
      const plan = await planRun({ model: here(model), tables: [wideTable(bytes, 25)], chains: 2, ...short })
      try {
        const { run, tasks } = plan
        for (const { name, options = {}, parallelTasks = 2 } of sides) {
          const { peak, estimate } = inChild({ plan: { run, tasks }, backend: name, options, parallelTasks, chains: 2 })
          found.push({ model: model.replace('-model.mjs', ''), bytes, name, options, peak: peak - idle, estimate })
        }
      } finally {
        plan.dispose()
      }
    }
  }
  return found
}
