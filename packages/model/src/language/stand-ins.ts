import { ChoraleError, type Powers } from '@chorale/core/contracts'

import type { DensityProgram } from '../compiler/program.js'
import { sizeOf } from '../graph/shape.js'
import { compileProgram, type CompiledProgram } from './compiled-program.js'

/** The density of a shard, and what is compiled for it. */
export interface Density {
  logDensityInto(gradient: Float64Array, position: Float64Array, powers: Powers): number
  /** The program for these powers: without the priors that they replace. */
  compiledFor(powers: Powers): CompiledProgram
}

/**
 * The density of a shard some of whose priors are replaced by normal ones on the unconstrained scale (`Powers.standIns`). Compiled when it is first asked
 * for: most runs have none.
 */
export function withStandIns(program: DensityProgram, compiled: () => CompiledProgram): Density {
  const replaced = new Map<string, CompiledProgram>()
  const compiledFor = ({ standIns }: Powers): CompiledProgram => {
    if (standIns === undefined) return compiled()
    const sites = Object.keys(standIns)
    const key = JSON.stringify(sites)
    const others = replaced.get(key) ?? withoutPriors(program, sites)
    replaced.set(key, others)
    return others
  }
  const logDensityInto: Density['logDensityInto'] = (gradient, position, powers) => {
    const { standIns } = powers
    let logDensity = compiledFor(powers).logDensityInto(gradient, position, powers)
    if (standIns === undefined) return logDensity
    for (const { node, offset } of program.inputs) {
      const standIn = standIns[node.name]
      if (standIn === undefined) continue
      for (let i = offset; i < offset + sizeOf(node.shape); i++) {
        const z = (position[i] - standIn.mean) / standIn.sd
        logDensity -= 0.5 * z * z
        gradient[i] -= z / standIn.sd
      }
    }
    return logDensity
  }
  return { logDensityInto, compiledFor }
}

function withoutPriors(program: DensityProgram, sites: readonly string[]): CompiledProgram {
  const unknown = sites.find(site => !program.terms.some(term => term.site === site && term.part === 'prior'))
  if (unknown !== undefined) {
    throw new ChoraleError(
      'CHORALE_MODEL_PARAMETER',
      `A stand-in was asked for the prior of "${unknown}", which is no global parameter with a prior`,
      {
        available: [...new Set(program.terms.filter(term => term.part === 'prior').map(term => term.site))],
        fix: 'correct powers.standIns',
      },
    )
  }
  const terms = program.terms.filter(term => !(sites.includes(term.site) && term.part !== 'likelihood'))
  return compileProgram({ ...program, terms })
}
