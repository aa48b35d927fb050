import type { GateSummary, Summary } from '@chorale/core'

import { labelled } from './labelled.js'
import { formatCount } from './number.js'
import { formatTable, type Alignment } from './table.js'
import { printable } from './printable.js'

/** A table of gates with the longest names of gates is 80 columns wide with so much about where. */
const WHERE_WIDTH = 30

/**
 * The gates of a run, then its warnings with what else may be done: a line where all passed, otherwise a table of all. Warnings carry the most specific advice on their
 * gate themselves.
 */
export function gateLines(
  { gates, warnings }: Pick<Summary, 'gates' | 'warnings'>,
  { verbose }: { readonly verbose: boolean },
): readonly string[] {
  const failed = gates.filter(({ passed, level }) => !passed && level !== 'off')
  const said = warnings.map(({ message }) => message)
  const further = [...new Set(failed.flatMap(({ advice }) => advice))].filter(advice => !said.some(message => message.includes(advice)))
  return [
    ...(gates.length === 0 ? [] : failed.length > 0 || verbose ? ['\nGates', gateTable(gates)] : [labelled('Gates', allPassed(gates))]),
    ...warnings.map(({ code, message }) => labelled('Warning', printable(`${code}: ${message}`))),
    ...further.map(advice => labelled('Advice', printable(advice))),
  ]
}

/** Gates that did not pass, each with what it found, what that means and all advice; one line where all passed. */
export function failedGateLines(gates: readonly GateSummary[]): readonly string[] {
  if (gates.length === 0) return []
  const failed = gates.filter(({ passed, level }) => !passed && level !== 'off')
  if (failed.length === 0) return [labelled('Gates', allPassed(gates))]
  return failed.flatMap(({ gate, level, shards, shard, finding, meaning, advice }) => {
    const many = shards && shards.judged > 1 ? `${shards.failed} of ${shards.judged} shards, worst shard ${shard}: ` : ''
    return [
      labelled(level === 'fail' ? 'Failed' : 'Warning', printable(`${gate}: ${many}${finding}: ${meaning}`)),
      ...advice.map(line => labelled('Advice', printable(line))),
    ]
  })
}

/** Warnings that no gate has already given, and that predictions do not give either, of which a run may have got some since. */
export function otherWarningLines({ gates, warnings }: Pick<Summary, 'gates' | 'warnings'>): readonly string[] {
  const findings = gates.filter(({ passed }) => !passed).map(({ finding }) => finding)
  const others = warnings.filter(({ code, message }) => code !== 'NOT_PREDICTED' && !findings.some(finding => message.includes(finding)))
  return others.map(({ code, message }) => labelled('Warning', printable(`${code}: ${message}`)))
}

function allPassed(gates: readonly GateSummary[]): string {
  const off = gates.filter(({ passed }) => !passed)
  if (off.length === 0) return `all ${gates.length} passed`
  return `${gates.length - off.length} of ${gates.length} passed; off, and not passed: ${off.map(({ gate }) => gate).join(', ')}`
}

const ALIGNED: readonly Alignment[] = ['left', 'left', 'right', 'left', 'left', 'left']

const gateTable = (gates: readonly GateSummary[]): string =>
  formatTable(
    ['gate', 'passed', 'measured', 'limit', 'level', 'worst'],
    gates.map(gate => [
      gate.gate,
      gate.passed ? 'yes' : 'NO',
      measured(gate),
      `${gate.bound === 'at most' ? '<=' : '>='} ${limit(gate.limit)}`,
      gate.level,
      cut(printable(where(gate))),
    ]),
    ALIGNED,
  )

const measured = ({ measured: value }: GateSummary): string =>
  value === null ? '-' : Math.abs(value) >= 10 ? formatCount(value) : value.toFixed(3)

const limit = (value: number): string => (value >= 1000 ? formatCount(value) : String(Number(value.toPrecision(3))))

/** `3 of 8 shards, 4: beta[2]`, `shard 4: chain 1`; of a run of one shard without it. */
function where({ shards, shard, chain, parameter }: GateSummary): string {
  const what = parameter ?? (chain === undefined ? undefined : `chain ${chain}`)
  const many = shards && shards.failed > 1 ? `${shards.failed} of ${shards.judged} shards, ${shard}` : undefined
  const place = many ?? (shard === undefined || shards?.judged === 1 ? undefined : `shard ${shard}`)
  return [place, what].filter(text => text !== undefined).join(': ')
}

const cut = (text: string): string => (text.length > WHERE_WIDTH ? `${text.slice(0, WHERE_WIDTH - 3)}...` : text)
