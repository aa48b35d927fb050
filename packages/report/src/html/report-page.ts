import { isChoraleError } from '@chorale/core/contracts'

import type { DrawSet, MissingPart } from '../readable-run.js'
import { chooseParameters, examineShard } from './choose.js'
import { Figures } from './figure.js'
import { html, Markup } from './markup.js'
import { counted } from './number-text.js'
import { pageMarkup } from './page.js'
import type { ReportContext } from './report-context.js'
import type { ReportedHistory, ReportedRun } from './reported-run.js'
import { chainsSection } from './sections/chains.js'
import { combinersSection } from './sections/combiners.js'
import { densitiesSection } from './sections/densities.js'
import { efficiencySection } from './sections/efficiency.js'
import { groupsSection } from './sections/groups.js'
import { missingSection } from './sections/missing.js'
import { modeSection } from './sections/mode.js'
import { pairsSection } from './sections/pairs.js'
import { parametersSection } from './sections/parameters.js'
import { reproduceSection } from './sections/reproduce.js'
import { samplerSection } from './sections/sampler-behaviour.js'
import { shardsSection } from './sections/shards.js'
import { timelineSection } from './sections/timeline.js'
import { tracesSection } from './sections/traces.js'
import { verdictSection } from './sections/verdict.js'

/** The text of the report: what cannot be read of the run is named in it. */
export async function reportPage(
  run: ReportedRun,
  history: ReportedHistory,
): Promise<{ readonly page: string; readonly missing: readonly MissingPart[] }> {
  const missing: MissingPart[] = [...run.missing, ...history.missing]
  const posterior = await readable('draws of the posterior', missing, () => run.posterior())
  const examined = run.record && (await readable('chains', missing, () => examineShard(run)))
  // A mode is all that such a run should have.
  if (!run.mode) missing.push(...(posterior?.missing ?? []), ...(examined?.set.missing ?? []))
  const predictions = await readable('predictions', missing, () => missingPredictions(run))
  missing.push(...(predictions ?? []))
  const set = posterior ?? NO_DRAWS
  const chosen = chooseParameters(set.chains.length > 0 ? set : (examined?.set ?? set), run.summary?.parameters)
  const context: ReportContext = { run, history, figures: new Figures(), posterior: set, examined, chosen, missing }
  const section = (name: string, make: () => Promise<Markup | undefined>) => readable(name, missing, make)
  const sections = [
    run.mode ? modeSection(run.mode) : await section('parameters', () => parametersSection(context)),
    await section('densities', () => densitiesSection(context)),
    groupsSection(context),
    await section('traces', () => tracesSection(context)),
    await section('effective draws', () => efficiencySection(context)),
    await section('sampler statistics', () => samplerSection(context)),
    await section('divergences', () => pairsSection(context)),
    await section('shards', () => shardsSection(context)),
    combinersSection(context),
    timelineSection(context),
    reproduceSection(context),
  ]
  const used = sections.reduce((total, { text } = new Markup('')) => total + Buffer.byteLength(text), 0)
  const chains = await section('chains of shards', () => chainsSection(context, ROOM - used))
  const page = pageMarkup({
    title: `Run ${run.id}`,
    subtitle: subtitle(run),
    first: [verdictSection(context), missingSection(missing)],
    sections: [...sections.slice(0, SHARDS + 1), chains, ...sections.slice(SHARDS + 1)],
    figures: context.figures,
    chains: examined?.set.chains.map(({ chain }) => chain) ?? [],
  })
  return { page, missing }
}

/** Bytes that sections may take, so that the page stays below two megabytes with its places, styles and script. */
const ROOM = 1_700_000
/** The section on shards, among those that are made first. */
const SHARDS = 7

const NO_DRAWS: DrawSet = { scale: 'constrained', sites: [], chains: [], missing: [] }

/** Why log likelihood or simulated data of rows are not there, where they should be. */
async function missingPredictions(run: ReportedRun): Promise<readonly MissingPart[]> {
  const found = [await run.findPredictions?.('logLikelihood'), await run.findPredictions?.('predictive')]
  return found.flatMap(kind => kind?.missing ?? [])
}

/** A file may be damaged after it was opened: what rests on it is left out and named. */
async function readable<T>(what: string, missing: MissingPart[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (!isChoraleError(error) && typeof (error as NodeJS.ErrnoException).code !== 'string') throw error
    missing.push({ what, why: (error as Error).message.replace(/\.$/, '') })
    return undefined
  }
}

function subtitle({ record, summary }: ReportedRun): Markup {
  if (!record) return html`Its plan cannot be read.`
  const { plan, createdAt } = record
  const chosen = summary?.diagnostics?.['chosen']
  const which = typeof chosen === 'string' ? ` (which chose ${chosen})` : ''
  const chains = counted(plan.chains, 'chain')
  const many = plan.shards.length > 1
  const made = many
    ? `${counted(plan.shards.length, 'shard')}, ${chains} of each${summary ? `, combined by ${summary.combiner}${which}` : ''}`
    : chains
  const started = new Date(createdAt).toISOString()
  return html`${plan.sampler.name}, ${made}; started <time datetime="${started}">${started.slice(0, 16).replace('T', ' ')} UTC</time>`
}
