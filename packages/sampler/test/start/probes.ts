import { createPacer } from '../../src/engine/pacer.js'
import { createProbe, type Probe } from '../../src/start/probe.js'
import type { Density } from '../densities.js'
import { sampleTask } from '../run-task.js'

export const pacer = () => createPacer(sampleTask(), { attempt: 1, emit: () => undefined, shouldStop: () => false })

export const probeOf = (dimension: number, density: Density): Probe =>
  createProbe({ dimension, logDensityInto: density, allocate: length => new Float64Array(length) }, pacer())
