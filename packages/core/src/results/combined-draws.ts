import type { ParameterInfo } from '../contracts/index.js'
import { DRAWS_FILE } from '../contracts/sampler.js'
import { globalParameters, hasLocals } from '../planning/local-parameters.js'
import { layout, recordFile, type PlanRecord, type RunRecord } from '../run-directory/index.js'
import { openRows } from '../run-directory/rows-source.js'
import type { DrawSet, MissingPart } from './draw-set.js'
import { readJointDraws } from './joint-draws.js'
import { readLocalValues } from './local-values.js'
import { coordinateSites, reasonOf } from './read-chains.js'
import { combinedValues, readValuesRecord } from './values-record.js'

/** The draws of a combination. */
export interface CombinedDraws {
  /** All of them, of what all shards share. */
  readonly posterior: DrawSet
  /** Those for which local parameters were drawn, with these; undefined where there are none. */
  readonly joint: DrawSet | undefined
}

const nothing = (what: string, why: string): CombinedDraws => ({
  posterior: { scale: 'constrained', sites: [], chains: [], missing: [{ what, why }] },
  joint: undefined,
})

/** `combination`: undefined for a run without a summary. What cannot be read is named in the set of all draws. */
export async function readCombinedDraws(
  run: string,
  record: RunRecord | undefined,
  combination: string | undefined,
): Promise<CombinedDraws> {
  if (combination === undefined) return nothing('combined draws', 'the run has no summary')
  try {
    return await readDraws(run, record?.plan, combination)
  } catch (error) {
    return nothing('combined draws', reasonOf(error))
  }
}

/** Without a plan only recorded values say what draws are. */
async function readDraws(run: string, plan: PlanRecord | undefined, combination: string): Promise<CombinedDraws> {
  const place = combinedValues(run, combination)
  const missing: MissingPart[] = []
  const draws = await recordFile(place.folder, DRAWS_FILE)
  const record = await readValuesRecord(place).catch(
    (error: unknown) => void missing.push({ what: 'values of the combined draws', why: reasonOf(error) }),
  )
  const current = record?.of === draws.digest ? record : undefined
  if (!plan && !current) return nothing('combined draws', 'run.json, which says what they are, cannot be read')
  const values = await openRows(layout.resultsDirectory(run, combination), current?.file ?? draws)
  const sites = current?.sites ?? coordinateSites(combinedParameters(plan!))
  const posterior: DrawSet = {
    scale: current ? 'constrained' : 'unconstrained',
    sites,
    chains: [{ chain: 0, rows: values.rows, values }],
    missing,
  }
  const locals = plan ? hasLocals(plan) : (await readLocalValues(run, combination)) !== undefined
  if (!locals || !current) return { posterior, joint: undefined }
  const joint = await readJointDraws(run, combination, { of: draws.digest, sites, values })
  if ('what' in joint) return { posterior: { ...posterior, missing: [...missing, joint] }, joint: undefined }
  const all = { ...posterior, missing: [...missing, ...joint.missing] }
  return joint.chains.length === 0 ? { posterior: all, joint: undefined } : { posterior: all, joint: { ...joint, missing: all.missing } }
}

const combinedParameters = (plan: PlanRecord): readonly ParameterInfo[] =>
  hasLocals(plan) ? globalParameters(plan.parameters) : plan.parameters
