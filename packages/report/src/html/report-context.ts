import type { DrawSet, MissingPart } from '../readable-run.js'
import type { Figures } from './figure.js'
import { html, type Markup } from './markup.js'
import type { ReportedHistory, ReportedRun } from './reported-run.js'

/** What every section of a report is made from. */
export interface ReportContext {
  readonly run: ReportedRun
  readonly history: ReportedHistory
  readonly figures: Figures
  /** Of the posterior; without chains where there are none that can be read. */
  readonly posterior: DrawSet
  /** Whose chains are looked at: of a run with several shards the one that did worst. undefined where no chain can be read. */
  readonly examined: ExaminedShard | undefined
  /** Elements that figures are made of. */
  readonly chosen: ChosenParameters
  /** What could not be read; sections add to it. */
  readonly missing: MissingPart[]
}

export interface ExaminedShard {
  readonly id: number
  readonly set: DrawSet
  /** Why this one, where there are several. */
  readonly why: string | undefined
}

export interface ChosenParameters {
  readonly names: readonly string[]
  readonly total: number
  /** Said where these are not all. */
  readonly note: string | undefined
}

/** Which shard's chains are seen, and where others are; undefined for one shard. */
export const examinedNote = ({ examined, run }: ReportContext): Markup | undefined =>
  examined && run.shards.length > 1
    ? html`<p class="note">
        Chains of shard ${examined.id} of ${run.shards.length}: ${examined.why}. <a href="#chains">Chains of other shards</a>
      </p>`
    : undefined
