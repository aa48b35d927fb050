/** What the figures were measured on. */
import { spawnSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'
import { pinning } from './processes.mjs'

const firstLine = (command, ...commandArguments) =>
  spawnSync(command, commandArguments, { encoding: 'utf8' }).stdout?.split('\n')[0] || null

export const describeMachine = () => ({
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGigabytes: Math.round(totalmem() / 1e9),
  system: `${process.platform} ${process.arch}`,
  node: `${process.version} (V8 ${process.versions.v8})`,
  compiler: firstLine('g++', '--version'),
  pinning,
  loadBefore: loadavg()[0],
})
