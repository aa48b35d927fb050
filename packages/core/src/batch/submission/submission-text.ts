import type { SchedulerAdapter } from '../../contracts/scheduler.js'
import { shellWord } from './job-script.js'

/** The command that submits a script, as a shell would take it. */
export const submissionText = ({ scriptAs }: SchedulerAdapter, command: readonly string[], script: string): string =>
  [...command.map(shellWord), ...(scriptAs === 'input' ? ['<', shellWord(script)] : [])].join(' ')
