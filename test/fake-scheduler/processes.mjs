import { readFileSync, readdirSync } from 'node:fs'

const PAGE = 4096
const TICKS_PER_SECOND = 100

/** Session, resident bytes and processor seconds of a process, or undefined if it is gone or only waits to be reaped. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name may hold blanks and parentheses; fields are counted after the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return undefined
    return {
      pid,
      session: Number(fields[3]),
      resident: Number(fields[21]) * PAGE,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    }
  } catch {
    return undefined
  }
}

/** The processes of a session: what a job started, except for what began a session of its own. */
export function membersOf(session) {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => statOf(Number(name)) ?? [])
    .filter(process => process.session === session)
}

export function signalSession(session, signal) {
  for (const { pid } of membersOf(session)) {
    try {
      process.kill(pid, signal)
    } catch {
      // It ended in the meantime.
    }
  }
}
