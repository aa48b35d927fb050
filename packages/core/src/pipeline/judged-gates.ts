import type { AdviceContext } from '../gates/advice/advice.js'
import { gateSummary, gateWarnings, inOrder, isSilent, type RunGate } from '../gates/gate-summary.js'
import type { GateSummary } from '../gates/gate-schema.js'
import type { ActiveRun } from '../execution/active-run.js'

/** A gate with what to do where it did not pass. */
export interface JudgedGate {
  readonly gate: RunGate
  readonly advice: readonly string[]
}

/** Works out the advice on gates that did not pass, and warns of them: at once, since what comes next may fail because of them. */
export async function reportGates(
  run: ActiveRun,
  gates: readonly RunGate[],
  context: Omit<AdviceContext, 'record' | 'settings'>,
): Promise<readonly JudgedGate[]> {
  const { record, settings } = run
  const judged: JudgedGate[] = []
  for (const gate of gates) {
    const silent = isSilent(gate.result, settings.validation)
    const advice = silent ? [] : await (await import('../gates/advice/advice.js')).adviceOn(gate, { record, settings, ...context })
    judged.push({ gate, advice })
  }
  for (const warning of gateWarnings(summariesOf(run, judged, 'unreliable'))) run.warn(warning)
  return judged
}

/** As `summary.json` has them. */
export const summariesOf = (run: ActiveRun, judged: readonly JudgedGate[], verdict: string): readonly GateSummary[] =>
  inOrder(judged.map(({ gate, advice }) => gateSummary(gate, run.settings.validation, { exact: verdict === 'exact', advice })))
