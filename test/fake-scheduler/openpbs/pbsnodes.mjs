import { asText } from '../pbs/print.mjs'

export function main(argv, { state, switches }) {
  const { host, version } = state.server
  const attributes = {
    Mom: host,
    ntype: 'PBS',
    state: switches.node === 'down' ? 'down' : 'free',
    pcpus: String(switches.nodeCpus),
    resources_available: { ncpus: String(switches.nodeCpus), mem: `${switches.nodeMemoryMb * 1024}kb` },
    pbs_version: version,
  }
  return { stdout: `${asText(host, attributes, true).replace('Job Id: ', '').replaceAll(/^ {4}/gm, '     ')}\n` }
}
