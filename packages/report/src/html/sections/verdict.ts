import { html, type Markup } from '../markup.js'
import { counted, percentText, shortNumber } from '../number-text.js'
import type { ReportContext } from '../report-context.js'
import type { ReportedGate, ReportedSummary } from '../reported-run.js'
import { sentence } from '../sentence.js'
import { unfinishedSection } from './unfinished.js'

interface Answer {
  readonly tone: 'good' | 'warn' | 'bad'
  readonly words: string
}

/** First of all: whether the posterior can be used, and why not. */
export function verdictSection({ run, history }: ReportContext): Markup {
  const { summary } = run
  if (!summary) return unfinishedSection({ run, history })
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
    ${gatesMarkup(summary)} ${warningsMarkup(summary)}
  </section>`
}

/** How uncertain means are because draws are so many and no more. */
function uncertainty({ parameters }: ReportedSummary): Markup | undefined {
  const shares = Object.values(parameters).flatMap(({ mcseMean, sd }) => (sd > 0 ? [mcseMean === null ? NaN : mcseMean / sd] : []))
  const largest = shares.reduce((a, b) => Math.max(a, b), 0)
  if (!(largest > 0)) return undefined
  const size =
    largest > 1
      ? `is up to ${shortNumber(largest)} times the parameter's standard deviation: means are not known`
      : `is at most ${percentText(largest)} of the parameter's standard deviation`
  return html`<p>Monte Carlo error: the standard error of a mean ${size}.</p>`
}

function answer({ verification: { verdict }, rows, shards, gates = [] }: ReportedSummary, failed: readonly ReportedGate[]): Answer {
  if (failed.some(({ level }) => level === 'fail'))
    return { tone: 'bad', words: 'No: a gate that must pass did not. See below what it found and what to do.' }
  if (verdict.startsWith('unreliable'))
    return {
      tone: 'bad',
      words: `No: ${plainReason(verdict, gates, shards.length)}.${failed.length > 0 ? ' See below what was found and what to do.' : ''}`,
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

/** Why a verdict is `unreliable`; gates that it names by their codes in words, with the shards where there are several. */
function plainReason(verdict: string, gates: readonly ReportedGate[], shards: number): string {
  const [, reason = 'the result is unreliable'] = /^unreliable \(([\s\S]*)\)$/.exec(verdict) ?? []
  const parts = reason.split('; ').map(part => {
    const [, code, where] = /^([A-Z_]+) of (shards? .+)$/.exec(part) ?? []
    const meaning = gates.find(({ gate }) => gate === code)?.meaning.split(': ')[0]
    if (meaning === undefined) return part
    return shards > 1 ? `${meaning} in ${where}` : meaning
  })
  return parts.join('; ')
}

function gatesMarkup({ gates = [], parameters }: ReportedSummary): Markup | undefined {
  if (gates.length === 0) return undefined
  const names = new Set(Object.keys(parameters).map(name => name.replace(/\[.*$/, '')))
  const said = (text: string): string => sentence(text, names)
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
            ><strong>${said(gate.finding)}</strong>
            ${gate.shards && gate.shards.judged > 1 && html`${gate.shards.failed} of ${counted(gate.shards.judged, 'shard')} did not pass.`}
            ${said(gate.meaning)}
            ${
              gate.advice.length > 0 &&
              html`<ul>
                ${gate.advice.map(line => html`<li>${said(line)}</li>`)}
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
          ${passed.map(gate => html`<li>${said(gate.finding)}${worstOf(gate)}</li>`)}
        </ul>
      </details>`
    }`
}

/** Of a gate that judged several shards: which of them the finding is about. */
const worstOf = ({ shards, shard }: ReportedGate): string =>
  shards && shards.judged > 1 && shard !== undefined ? ` The worst of ${shards.judged} shards: ${shard}.` : ''

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
