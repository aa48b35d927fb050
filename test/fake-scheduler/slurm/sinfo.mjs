export function main(argv, { state, switches }) {
  const word = switches.node === 'down' ? 'down' : 'idle'
  const rows = Object.keys(switches.queues).map(name => `${name} up infinite 1 ${word} ${state.server.host}\n`)
  return { stdout: `PARTITION AVAIL TIMELIMIT NODES STATE NODELIST\n${rows.join('')}` }
}
