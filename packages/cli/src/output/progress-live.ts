import { DefaultRenderer, Listr, ListrLogger, ProcessOutput, type SilentRenderer, type ListrTaskWrapper } from 'listr2'

import { formatSeconds } from './number.js'
import type { ProgressState } from './progress-state.js'
import type { ProgressDetail, ProgressView } from './progress.js'
import { eventText, planText, stateLines } from './progress-text.js'

const REFRESH_MS = 200
/** Lines below the title that stay. */
const KEPT_LINES = 12

/** The library's own asks whether standard output is a terminal; this view is on standard error. */
class StandardErrorRenderer extends DefaultRenderer {
  static override readonly nonTTY = true
}

type Wrapper = ListrTaskWrapper<unknown, typeof StandardErrorRenderer, typeof SilentRenderer>

/** For terminals: one task that is redrawn in place, its title how far the run is, below it what happened last. */
export function liveView(state: () => ProgressState, detail: ProgressDetail): ProgressView {
  const begun = performance.now()
  const { wrapper, end } = startTask()
  const redraw = (): void => void wrapper.then(task => (task.title = stateLines(state()).join('\n')))
  const note = (line: string): void => void wrapper.then(task => (task.output = line))
  const timer = setInterval(redraw, REFRESH_MS).unref()
  return {
    update(event) {
      if (event.type === 'plan') note(planText(state()))
      const text = eventText(state(), event, detail)
      if (text !== undefined) note(text)
      if (event.type === 'stage') redraw()
    },
    note,
    async end(how) {
      clearInterval(timer)
      const task = await wrapper
      const title = `${how} after ${formatSeconds((performance.now() - begun) / 1000)}`
      if (how === 'stopped') task.skip(title)
      else task.title = title
      await end(how === 'failed')
    },
  }
}

/** A task on standard error that runs until it is ended, well or badly. */
function startTask(): { readonly wrapper: Promise<Wrapper>; readonly end: (failed: boolean) => Promise<void> } {
  let finish: (failed: boolean) => void
  let started: (wrapper: Wrapper) => void
  const wrapper = new Promise<Wrapper>(resolve => (started = resolve))
  const finished = new Promise<void>((resolve, reject) => (finish = failed => (failed ? reject(new Error('failed')) : resolve())))
  const list = new Listr<unknown, typeof StandardErrorRenderer, 'silent'>(
    [
      {
        title: 'starting',
        task: (_, task) => {
          started(task)
          return finished
        },
        rendererOptions: { persistentOutput: true, outputBar: KEPT_LINES },
      },
    ],
    {
      renderer: StandardErrorRenderer,
      fallbackRenderer: 'silent',
      rendererOptions: {
        collapseErrors: false,
        showErrorMessage: false,
        logger: new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) }),
      },
      exitOnError: false,
      registerSignalListeners: false,
    },
  )
  const ended = list.run()
  return {
    wrapper,
    end: async failed => {
      finish(failed)
      await ended
    },
  }
}
