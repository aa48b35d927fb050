import { html, type Markup } from '../markup.js'
import { tableMarkup } from '../data-table.js'
import { counted, gigabytesText, secondsText, shortNumber } from '../number-text.js'
import * as Plot from '../plot.js'
import type { ReportContext } from '../report-context.js'
import type { ReportedAttempt, ReportedCost } from '../reported-run.js'

/** Attempts that are drawn; more lines cannot be told apart. */
const DRAWN = 120

interface Bar {
  readonly attempt: ReportedAttempt
  readonly label: string
  /** Seconds since the first time of the run. */
  readonly queued: number
  readonly started: number
  readonly warmed: number
  readonly sampled: number
  readonly ended: number
}

/** When each task waited, warmed up and sampled, and what was tried again. */
export function timelineSection({ history, figures, run }: ReportContext): Markup | undefined {
  const begun = history.attempts.filter(({ startedAt }) => startedAt !== undefined)
  if (begun.length === 0) return undefined
  const zero = Math.min(...begun.map(({ queuedAt, startedAt }) => queuedAt ?? startedAt!))
  const last = Math.max(...begun.map(({ startedAt, endedAt }) => endedAt ?? startedAt!))
  const chosen = begun.length <= DRAWN ? begun : [...begun].sort((a, b) => interest(b) - interest(a)).slice(0, DRAWN)
  const bars = chosen.map(attempt => barOf(attempt, zero, last)).sort((a, b) => a.queued - b.queued || (a.label < b.label ? -1 : 1))
  const hosts = new Set(begun.flatMap(({ host }) => host ?? []))
  const failed = history.attempts.filter(({ status }) => status === 'failed').length
  const again = history.attempts.filter(({ attempt }) => attempt > 1).length
  const piece = (className: string, x1: keyof Bar, x2: keyof Bar, fill: string) =>
    Plot.barX(
      bars.filter(bar => (bar[x2] as number) > (bar[x1] as number)),
      { x1, x2, y: 'label', fill, className },
    )
  return html`<section aria-labelledby="timeline">
    <h2 id="timeline">Timeline</h2>
    <p>
      ${counted(history.attempts.length + history.moreAttempts, 'attempt')}${hosts.size > 0 && ` on ${counted(hosts.size, 'host')}`}:
      ${failed} failed, ${again} were not the first of their task.
      ${begun.length > DRAWN && `Drawn are ${DRAWN}: those that failed, and the longest.`}
      ${hosts.size > 1 && 'Times are by the clock of each host.'}
    </p>
    <p class="note">
      <span class="key" style="background:var(--band)"></span>waiting in the queue <span class="key chain-4"></span>warm-up
      <span class="key chain-0"></span>sampling <span class="key" style="background:var(--soft)"></span>anything else
      <span class="key" style="background:var(--bad)"></span>failed
    </p>
    <div class="figures">
      ${figures.figure({
        title: 'Attempts by time',
        description: `${counted(bars.length, 'attempt')} of tasks over ${secondsText((last - zero) / 1000)}, each as a bar from its submission to its end.`,
        wide: true,
        width: 900,
        marginLeft: 150,
        height: 60 + 12 * bars.length,
        x: { label: 'seconds' },
        y: { type: 'band', label: null, padding: 0.15, domain: bars.map(({ label }) => label) },
        marks: [
          piece('queue', 'queued', 'started', 'var(--band)'),
          piece('other', 'sampled', 'ended', 'var(--soft)'),
          piece('warmup', 'started', 'warmed', 'var(--chain-4)'),
          piece('sampling', 'warmed', 'sampled', 'var(--chain-0)'),
          Plot.barX(
            bars.filter(({ attempt }) => attempt.status === 'failed'),
            { x1: 'started', x2: 'ended', y: 'label', fill: 'var(--bad)' },
          ),
        ],
        table: {
          caption: 'Attempts',
          columns: ['task', 'attempt', 'queue', 'warm-up', 'sampling', 'all', 'end', 'host'],
          rows: bars.map(({ attempt, queued, started, ended }) => [
            attempt.task,
            attempt.attempt,
            secondsText(attempt.queuedAt === undefined ? undefined : started - queued),
            secondsText(attempt.warmupSeconds),
            secondsText(attempt.samplingSeconds),
            attempt.endedAt === undefined ? '–' : secondsText(ended - started),
            ending(attempt),
            attempt.host ?? '–',
          ]),
        },
        places: bars.map(({ label, ended }) => [ended, label]),
      })}
    </div>
    ${timings(run.summary?.timings)} ${history.cost && costMarkup(history.cost)}
  </section>`
}

const interest = ({ status, startedAt, endedAt }: ReportedAttempt): number =>
  (status === 'completed' ? 0 : 1e15) + (endedAt === undefined ? 0 : endedAt - startedAt!)

const ending = ({ status, reason, counts }: ReportedAttempt): string =>
  status === 'begun' ? 'no end recorded' : `${reason ?? status}${status === 'completed' && !counts ? ', does not count' : ''}`

function barOf(attempt: ReportedAttempt, zero: number, last: number): Bar {
  const { task, attempt: number, queuedAt, startedAt, endedAt, warmupSeconds = 0, samplingSeconds = 0 } = attempt
  const seconds = (at: number): number => (at - zero) / 1000
  const started = seconds(startedAt!)
  const ended = Math.max(started, seconds(endedAt ?? last))
  const warmed = Math.min(ended, started + warmupSeconds)
  return {
    attempt,
    label: number === 1 ? task : `${task}, attempt ${number}`,
    queued: Math.min(started, seconds(queuedAt ?? startedAt!)),
    started,
    warmed,
    sampled: Math.min(ended, warmed + samplingSeconds),
    ended,
  }
}

function timings(seconds: Readonly<Record<string, number | null>> | undefined): Markup | undefined {
  const known = Object.entries(seconds ?? {}).filter(([, value]) => value !== null)
  if (known.length === 0) return undefined
  return html`<p class="note">
    Of the process that wrote the result: ${known.map(([part, value]) => `${part} ${secondsText(value)}`).join(', ')}.
  </p>`
}

function costMarkup({ scheduler, kinds, suggestions }: ReportedCost): Markup {
  return html`<h3>What jobs of ${scheduler} asked for and used</h3>
    ${tableMarkup({
      caption: 'Jobs',
      columns: ['tasks', 'jobs', 'core-hours held', 'used', 'memory asked', 'largest', 'walltime asked', 'longest'],
      rows: kinds.map(({ kind, jobs, coreHours, memory, walltime }) => [
        kind,
        jobs,
        shortNumber(coreHours.held),
        shortNumber(coreHours.used),
        gigabytesText(memory.asked),
        gigabytesText(memory.largest),
        secondsText(walltime.asked),
        secondsText(walltime.longest),
      ]),
    })}
    ${
      suggestions.length > 0 &&
      html`<ul>
        ${suggestions.map(line => html`<li>${line}</li>`)}
      </ul>`
    }`
}
