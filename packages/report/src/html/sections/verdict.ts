import { html, type Markup } from '../markup.js'
import { counted, percentText } from '../number-text.js'
import type { ReportContext } from '../report-context.js'
import type { ReportedGate, ReportedSummary } from '../reported-run.js'

interface Answer {
  readonly tone: 'good' | 'warn' | 'bad'
  readonly words: string
}

/** First of all: whether the posterior can be used, and why not. */
export function verdictSection({ run, history }: ReportContext): Markup {
  const { summary } = run
  if (!summary) return unfinished({ run, history })
  const failed = (summary.gates ?? []).filter(gate => !gate.passed && gate.level !== 'off')
  const { tone, words } = answer(summary, failed)
  const { rows } = summary
  return html`<section aria-labelledby="verdict">
    <h2 id="verdict">Can I use this posterior?</h2>
    <div class="verdict ${tone}">
      <p>${words}</p>
      <p>Verdict of the run: ${summary.verification.verdict}.</p>
      ${uncertainty(summary)}
      ${
        rows.used < rows.total &&
        html`<p>
          It rests on ${counted(rows.used, 'row')} of ${counted(rows.total, 'row')} (${percentText(rows.used / rows.total)}): shards are
          missing.
        </p>`
      }
    </div>
    ${gatesMarkup(summary.gates)} ${warningsMarkup(summary)}
  </section>`
}

/** How uncertain means are because draws are so many and no more. */
function uncertainty({ parameters }: ReportedSummary): Markup | undefined {
  const shares = Object.values(parameters).flatMap(({ mcseMean, sd }) => (sd > 0 ? [mcseMean === null ? NaN : mcseMean / sd] : []))
  const largest = shares.reduce((a, b) => Math.max(a, b), 0)
  if (!(largest > 0)) return undefined
  return html`<p>
    Monte Carlo error: the standard error of a mean is at most ${percentText(largest)} of the parameter's standard deviation.
  </p>`
}

function answer({ verification: { verdict }, rows, gates = [] }: ReportedSummary, failed: readonly ReportedGate[]): Answer {
  if (failed.some(({ level }) => level === 'fail'))
    return { tone: 'bad', words: 'No: a gate that must pass did not. See below what it found and what to do.' }
  if (verdict.startsWith('unreliable'))
    return {
      tone: 'bad',
      words: `No: ${inBrackets(verdict) ?? 'the result is unreliable'}.${failed.length > 0 ? ' See below what was found and what to do.' : ''}`,
    }
  if (verdict.startsWith('approximate')) {
    const size = /\((\d[\d.]*) sd/.exec(verdict)?.[1]
    const off =
      size === undefined ? '' : `: no mean and no standard deviation should be off by more than ${size} posterior standard deviations`
    return { tone: 'warn', words: `Yes, as an approximation${off}.${failed.length > 0 ? ' Read the warnings below first.' : ''}` }
  }
  if (failed.length > 0)
    return { tone: 'warn', words: `With care: ${counted(failed.length, 'gate')} did not pass. See below what each found and what to do.` }
  if (rows.used < rows.total) return { tone: 'warn', words: 'Yes, for the rows that were used; others are missing.' }
  const judged = gates.length > 0 ? 'Yes: every check of the run (gate) passed.' : 'Yes, by the verdict of the run.'
  return { tone: 'good', words: judged }
}

const inBrackets = (verdict: string): string | undefined => /^unreliable \(([\s\S]*)\)$/.exec(verdict)?.[1]

function gatesMarkup(gates: ReportedSummary['gates'] = []): Markup | undefined {
  if (gates.length === 0) return undefined
  const order = (gate: ReportedGate): number => (gate.passed ? 3 : { fail: 0, warn: 1, off: 2 }[gate.level])
  const failed = gates.filter(gate => !gate.passed).sort((a, b) => order(a) - order(b))
  const passed = gates.filter(gate => gate.passed)
  return html`<h3>Gates</h3>
    <ul class="judged">
      ${failed.map(
        gate =>
          html`<li>
            <span class="badge ${gate.level === 'fail' ? 'bad' : 'warn'}"
              >${{ fail: 'failed', warn: 'warning', off: 'off, not passed' }[gate.level]}</span
            ><strong>${sentence(gate.finding)}</strong>
            ${gate.shards && gate.shards.judged > 1 && html`${gate.shards.failed} of ${counted(gate.shards.judged, 'shard')} did not pass.`}
            ${sentence(gate.meaning)}
            ${
              gate.advice.length > 0 &&
              html`<ul>
                ${gate.advice.map(line => html`<li>${sentence(line)}</li>`)}
              </ul>`
            }
          </li>`,
      )}
    </ul>
    ${
      passed.length > 0 &&
      html`<details ${failed.length === 0 && html`open`}>
        <summary>${counted(passed.length, 'gate')} passed</summary>
        <ul>
          ${passed.map(gate => html`<li>${sentence(gate.finding)}${worstOf(gate)}</li>`)}
        </ul>
      </details>`
    }`
}

/** Of a gate that judged several shards: which of them the finding is about. */
const worstOf = ({ shards, shard }: ReportedGate): string =>
  shards && shards.judged > 1 && shard !== undefined ? ` The worst of ${shards.judged} shards: ${shard}.` : ''

/** With a large letter at the start and a full stop. */
const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) || text === '' ? '' : '.')

/** A warning that says what a gate says is not repeated. */
function warningsMarkup({ warnings, gates = [] }: ReportedSummary): Markup | undefined {
  const findings = gates.filter(gate => !gate.passed).map(({ finding }) => finding)
  // Predictions may have been computed since; what is missing of them has a place of its own.
  const others = warnings.filter(({ code, message }) => code !== 'NOT_PREDICTED' && !findings.some(finding => message.includes(finding)))
  if (others.length === 0) return undefined
  return html`<h3>Warnings</h3>
    <ul class="judged">
      ${others.map(({ code, message }) => html`<li><span class="badge warn">warning</span>${message} <code>${code}</code></li>`)}
    </ul>`
}

const STATES = {
  finished: 'The run has ended, but its summary cannot be read',
  running: 'Not yet: the run goes on',
  detached: 'Not yet: the tasks of the run may go on by themselves, and nobody has collected them',
  failed: 'No: the run failed',
  cancelled: 'No: the run was cancelled',
  interrupted: 'No: the run did not come to its end',
} as const

/** A run that looked for a mode has a verdict and no summary. */
function stateOf({ state, verdict }: ReportContext['history']): string {
  if (verdict !== undefined) return `No: the run has ${verdict}`
  return state ? STATES[state] : 'No: the plan of the run cannot be read, and it has no result'
}

/** Of a run without a result: what failed and what is missing. */
function unfinished({ run, history }: Pick<ReportContext, 'run' | 'history'>): Markup {
  const failures = history.attempts.filter(({ status }) => status === 'failed')
  const planned = run.record ? run.record.plan.shards.length * run.record.plan.chains : undefined
  const finished = history.attempts.filter(({ task, counts }) => counts && task.startsWith('sample-')).length
  const next = {
    finished: `chorale combine ${run.path}`,
    running: `chorale status ${run.path}`,
    detached: `chorale attach ${run.path}`,
    failed: `chorale run --resume ${run.path}`,
    cancelled: `chorale run --resume ${run.path}`,
    interrupted: `chorale run --resume ${run.path}`,
  }[history.state ?? 'interrupted']
  return html`<section aria-labelledby="verdict">
    <h2 id="verdict">Can I use this posterior?</h2>
    <div class="verdict bad">
      <p>${stateOf(history)}.</p>
      ${planned !== undefined && html`<p>${finished} of ${counted(planned, 'chain')} are finished. What follows is of these alone: it is no result.</p>`}
      ${history.verdict === undefined && html`<p>To go on: <code>${next}</code></p>`}
    </div>
    ${
      failures.length > 0 &&
      html`<h3>What failed</h3>
        <ul class="judged">
          ${failures
            .slice(0, FAILURES)
            .map(
              ({ task, attempt, reason, host }) =>
                html`<li>
                  <span class="badge bad">failed</span><strong>${task}</strong>, attempt ${attempt}${host !== undefined && ` on ${host}`}:
                  ${reason ?? 'it does not say why'}
                </li>`,
            )}
        </ul>
        ${failures.length > FAILURES && html`<p class="note">${failures.length - FAILURES} more: chorale logs ${run.path}</p>`}`
    }
  </section>`
}

/** Failures that are told one by one. */
const FAILURES = 20
