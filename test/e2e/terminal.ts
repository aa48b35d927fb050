import { start } from './command.js'

/** Arguments of `script` that run a command on a terminal of its own. */
export const onTerminal = (command: string): readonly string[] => ['-qec', `stty cols 100 rows 30; ${command}`, '/dev/null']

/** Whether terminals can be made here. */
export const hasTerminal = (await start('script', onTerminal('true'), { folder: '/' }).ended.catch(() => undefined))?.code === 0
if (!hasTerminal) console.warn('the command "script" is missing: the tests of the live view are skipped')

/** What a terminal shows in the end: lines that are erased and written again count as they were written last. */
export function screenOf(output: string): string {
  const lines = ['']
  let row = 0
  // eslint-disable-next-line no-control-regex -- these are the control sequences
  for (const [, sequence, text] of output.matchAll(/(\u001b\[[0-9;?]*[A-Za-z]|[\r\n])|([^\u001b\r\n]+)/g)) {
    if (text !== undefined) lines[row] = (lines[row] ?? '') + text
    else if (sequence === '\n') row++
    else if (sequence === '\u001b[1A') row = Math.max(0, row - 1)
    else if (sequence === '\u001b[2K') lines[row] = ''
  }
  return lines.join('\n')
}

export const SHOW_CURSOR = '\u001b[?25h'
export const HIDE_CURSOR = '\u001b[?25l'
