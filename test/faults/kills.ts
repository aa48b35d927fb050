import { readdirSync, readFileSync } from 'node:fs'

import { createStream, prngKey } from '@chorale/random'

import { startChorale, type Ended, type Started } from '../e2e/command.js'

/** Kills before the weather gets fair. */
const MOST_KILLS = 3

/** Processes whose parent is `pid`. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(child => {
      try {
        return Number(/\) \w (\d+)/.exec(readFileSync(`/proc/${child}/stat`, 'latin1'))?.[1]) === pid
      } catch {
        return false
      }
    })
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** What strikes a run: its own death, that of one of its children, or a moment in which it stands still. */
type Blow = 'run' | 'child' | 'freeze'

function strike({ pid, kill }: Started, blow: Blow, which: number): string | undefined {
  const children = childrenOf(pid)
  if (blow === 'child' && children.length > 0) {
    const child = children[which % children.length]!
    try {
      process.kill(child, 'SIGKILL')
    } catch {
      // It has just ended.
    }
    return 'child killed'
  }
  if (blow === 'freeze') {
    kill('SIGSTOP')
    setTimeout(() => kill('SIGCONT'), 200)
    return 'frozen for 200 ms'
  }
  kill('SIGKILL')
  return 'killed'
}

/**
 * Goes on with a run, again and again, while it is struck at times that the seed gives, up to `milliseconds` after each start. Returns how it ended after the last
 * blow, and what happened.
 */
export async function storm(
  run: string,
  seed: number,
  milliseconds: number,
): Promise<{ readonly ended: Ended; readonly happened: readonly string[] }> {
  const stream = createStream(prngKey(seed))
  const happened: string[] = []
  for (let kills = 0; ; kills++) {
    const running = startChorale({ folder: run }, 'run', '--resume', run)
    if (kills >= MOST_KILLS) return { ended: await running.ended, happened }
    const blow = (['run', 'run', 'child', 'freeze'] as const)[stream.integer(4)]!
    const after = milliseconds * stream.uniform()
    const first = await Promise.race([running.ended, pause(after)])
    if (first) return { ended: first, happened }
    happened.push(`${strike(running, blow, stream.integer(8))} after ${after.toFixed(0)} ms`)
    if (blow === 'run') await running.ended
    else {
      const ended = await running.ended
      if (ended.code === 0) return { ended, happened }
    }
  }
}
