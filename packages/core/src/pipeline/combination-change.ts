import { ChoraleError } from '../contracts/index.js'
import { combinerChoice, type CombinerChoice } from '../planning/choose-combiner.js'
import { hasLocals, shardParameters } from '../planning/local-parameters.js'
import { checkLocals } from '../planning/local-rules.js'
import type { PlannedRun } from '../planning/plan.js'
import type { Settings } from '../settings/schema.js'
import { recordedSettings } from './reopen.js'

/** What a combination does otherwise than the settings of its run say. */
export type CombinationChange = Partial<CombinerChoice> & Partial<Pick<Settings['combination'], 'locals' | 'localDraws'>>

/** How a run is combined again. */
export interface ChangedCombination {
  readonly settings: Settings
  readonly choice: CombinerChoice
}

/**
 * The settings of a run and its combiner with what is changed. Options of another combiner are not inherited.
 * @throws ChoraleError `CHORALE_NO_LOCAL_PARAMETERS`, `CHORALE_LOCAL_PARAMETERS`
 */
export function changedCombination(planned: PlannedRun, change: CombinationChange): ChangedCombination {
  const settings = withLocals(planned, change)
  const own = combinerChoice(settings)
  const inherited = change.name === undefined || change.name === own.name ? own.options : {}
  return {
    settings,
    choice: { name: change.name ?? own.name, options: change.options ?? inherited, draws: change.draws ?? own.draws },
  }
}

function withLocals(planned: PlannedRun, { locals, localDraws }: CombinationChange): Settings {
  const { model, sampler, path, record } = planned
  const { plan } = record
  const settings = recordedSettings(planned)
  if (locals === undefined && localDraws === undefined) return settings
  const askedBy = locals === undefined ? `localDraws: ${localDraws}` : `locals: ${locals}`
  if (!hasLocals(plan)) {
    const message =
      plan.shards.length === 1
        ? 'A run of one shard has drawn all its parameters: none is drawn again'
        : 'The model has no local parameters'
    throw new ChoraleError('CHORALE_NO_LOCAL_PARAMETERS', message, {
      askedBy,
      lookedIn: path,
      fix: `combine without ${askedBy.split(':')[0]}`,
    })
  }
  const { combination } = settings
  const method = locals ?? combination.locals
  checkLocals(model, shardParameters(plan, 0), { shards: plan.shards.length, method, sampler, module: path })
  return { ...settings, combination: { ...combination, locals: method, ...(localDraws === undefined ? {} : { localDraws }) } }
}
