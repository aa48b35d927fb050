export function main(argv, { state, switches }) {
  const { host } = state.server
  const [down, cpus] = [switches.node === 'down', switches.nodeCpus]
  return {
    stdout: `${host}\n     state = ${down ? 'down' : 'free'}\n     power_state = Running\n     np = ${cpus}\n     ntype = cluster\n\n`,
  }
}
