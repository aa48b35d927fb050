import type { Model, SamplerDefinition } from '../contracts/index.js'
import type { RunRecord } from '../run-directory/index.js'
import type { ChosenBackend } from './choose-backend.js'

/** What was decided about a run. */
export interface Plan {
  readonly record: RunRecord
  /** With all its parameters, also those that the plan fixes. */
  readonly model: Model
  readonly sampler: SamplerDefinition
  readonly backend: ChosenBackend
  /** Of log density and gradient of the first shard, in seconds on this machine; undefined where nobody has measured. */
  readonly gradientSeconds?: number | undefined
  /** Values of deterministic sites at a draw, in the first shard; undefined for a run that is opened again. */
  readonly deterministicValues?: number
  /** Draws of the prior that the run will record; undefined as before. */
  readonly priorDraws?: number
  /** Numbers that simulated data have for each row, of all sites; undefined unless they are asked for. */
  readonly simulatedPerRow?: number | undefined
}

/** A planned run: its directory holds everything that executing it needs. */
export interface PlannedRun extends Plan {
  readonly path: string
}
