/** Every command enters here: `run.mjs qsub ...`, with the state directory in the environment. */
import { writeSync } from 'node:fs'

import { logCall } from './call-log.mjs'
import { claimFault, garble, pause } from './faults.mjs'
import { noServer } from './no-server.mjs'
import { openState } from './state.mjs'

const [command, ...argv] = process.argv.slice(2)
const root = process.env.FAKE_SCHEDULER_STATE
delete process.env.FAKE_SCHEDULER_STATE
logCall(root, command, argv)
const state = openState(root)
const { dialect } = state.server
const switches = state.switches()
const fault = claimFault(state, switches, command, argv)

if (fault?.kind === 'delay') pause(fault.ms)
if (fault?.kind === 'hang') pause(Infinity)
if (fault?.kind === 'answer') finish(fault)
const asksVersion = argv.includes('--version')
if (!asksVersion && (switches.serverDown || fault?.kind === 'refused')) finish(noServer(dialect, command, state.server))

const { main } = await import(`./${dialect}/${command}.mjs`)
const answer = await main(argv, { state, switches, fault })
if (fault?.kind === 'accept-then-hang') pause(Infinity)
if (fault?.kind === 'accept-then-die') process.kill(process.pid, 'SIGKILL')
finish(fault ? garble(fault, answer) : answer)

/** Pipes and files take a write whole; `process.stdout` would need another turn. */
function finish({ code = 0, stdout = '', stderr = '' }) {
  writeWhole(1, stdout)
  writeWhole(2, stderr)
  process.exit(code)
}

function writeWhole(descriptor, text) {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest))
    } catch (error) {
      if (error.code === 'EPIPE') return
      if (error.code !== 'EAGAIN') throw error
      pause(1)
    }
  }
}
