import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The fault that this call has, if any. Before the command acts:
 *   delay { ms }   hang   refused   answer { code, stdout, stderr }  (it does nothing and says this: hook, credential, reserved ports)
 * After it has acted:
 *   accept-then-hang   accept-then-die   accept-then-fail { code, stderr }   accept-then-garble { stdout }
 * In what it says:
 *   banner { text }   truncate { at: part of the answer, default 0.5 }   bash-function   numeric-names   drop { ids }   only-first
 *   state { ids, letter }   without { key }   exit { code, stderr }  (the answer is as it is, and so says another code)
 */
export function claimFault({ root }, switches, command, argv) {
  for (const [index, fault] of switches.faults.entries()) {
    if (fault.command !== '*' && fault.command !== command) continue
    if (fault.match !== undefined && !argv.some(argument => argument.includes(fault.match))) continue
    const use = claimUse(root, fault.use ?? index)
    const skip = fault.skip ?? 0
    if (use >= skip && use < skip + (fault.times ?? Infinity)) return fault
  }
  return undefined
}

/** How many calls met this fault's description before this one. */
function claimUse(root, key) {
  for (let use = 0; ; use++) {
    try {
      writeFileSync(join(root, 'uses', `${key}.${use}`), '', { flag: 'wx' })
      return use
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
  }
}

export function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** The answer as this fault leaves it. */
export function garble(fault, answer) {
  const { stdout = '' } = answer
  switch (fault.kind) {
    case 'accept-then-fail':
      return { code: fault.code, stdout: '', stderr: fault.stderr ?? '' }
    case 'accept-then-garble':
      return { ...answer, stdout: fault.stdout }
    case 'banner':
      return { ...answer, stdout: fault.text + stdout, stderr: fault.text + (answer.stderr ?? '') }
    case 'truncate':
      return { ...answer, stdout: stdout.slice(0, Math.floor(stdout.length * (fault.at ?? 0.5))) }
    case 'bash-function':
      // A function exported by bash, as releases before 2024 printed it: a line feed and quotes as they are.
      return {
        ...answer,
        stdout: stdout.replaceAll('"PBS_O_HOME":', '"BASH_FUNC_ml%%":"() {  eval "$($LMOD_DIR/ml_cmd "$@")"\n}",\n"PBS_O_HOME":'),
      }
    case 'numeric-names':
      return { ...answer, stdout: stdout.replace(/"Job_Name":"(\d+)"/g, '"Job_Name":$1') }
    case 'exit':
      return { ...answer, code: fault.code, stderr: (answer.stderr ?? '') + (fault.stderr ?? '') }
    case 'without':
      return { ...answer, stdout: stdout.replace(new RegExp(`^\\s*"?${fault.key}"? ?[:=].*\\n`, 'gm'), '') }
    default:
      return answer
  }
}

/** What faults hide from, or show wrongly in, an answer about jobs: applied to the rows before they are printed. */
export function distort(fault, rows) {
  switch (fault?.kind) {
    case 'drop':
      return rows.filter(row => !fault.ids.includes(row.id))
    case 'only-first':
      return rows.slice(0, 1)
    case 'state':
      return rows.map(row => (fault.ids === undefined || fault.ids.includes(row.id) ? { ...row, letter: fault.letter } : row))
    default:
      return rows
  }
}
