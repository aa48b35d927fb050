import type { ProgressState } from './progress-state.js'
import type { ProgressDetail, ProgressView } from './progress.js'
import { eventText, planText, stateLines } from './progress-text.js'

const INTERVAL_MS = 5_000

/** For log files and pipes: a line when something happens, and one every five seconds while it goes on. */
export function linesView(state: () => ProgressState, detail: ProgressDetail): ProgressView {
  let last = ''
  const write = (line: string): void => void process.stderr.write(`${line}\n`)
  const tick = (): void => {
    const line = stateLines(state()).join(', ')
    if (line !== last) write(line)
    last = line
  }
  const timer = setInterval(tick, INTERVAL_MS).unref()
  return {
    update(event) {
      if (event.type === 'plan') write(planText(state()))
      const text = eventText(state(), event, detail)
      if (text !== undefined) write(text)
      if (event.type === 'stage') tick()
    },
    note: write,
    async end() {
      clearInterval(timer)
    },
  }
}
