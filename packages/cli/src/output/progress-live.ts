import { Listr, type ListrTaskWrapper } from 'listr2'

import type { ProgressState } from './progress-state.js'
import type { ProgressView } from './progress.js'
import { eventText, planText, stateText } from './progress-text.js'

const REFRESH_MS = 200

/** For terminals: one task that is redrawn in place, its title how far the run is, below it what happened last. */
export function liveView(state: () => ProgressState): ProgressView {
  let began = performance.now()
  let wrapper: ListrTaskWrapper<unknown, never, never> | undefined
  let finish: (() => void) | undefined
  const redraw = (): void => {
    if (wrapper) wrapper.title = stateText(state(), (performance.now() - began) / 1000)
  }
  const list = new Listr(
    [
      {
        title: 'starting',
        task: (_, task) => {
          wrapper = task as unknown as typeof wrapper
          return new Promise<void>(resolve => (finish = resolve))
        },
        rendererOptions: { persistentOutput: true, outputBar: 12 },
      },
    ],
    { rendererOptions: { collapseSubtasks: false }, registerSignalListeners: false, fallbackRenderer: 'silent' },
  )
  const running = list.run()
  const timer = setInterval(redraw, REFRESH_MS).unref()
  const note = (line: string): void => {
    if (wrapper) wrapper.output = line
  }
  return {
    update(_, event) {
      if (event.type === 'plan') {
        began = performance.now()
        note(planText(state()))
      }
      const text = eventText(event)
      if (text !== undefined) note(text)
      if (event.type === 'stage') redraw()
    },
    note,
    async end(how) {
      clearInterval(timer)
      if (wrapper) wrapper.title = how === 'done' ? 'done' : how
      finish?.()
      await running
    },
  }
}
