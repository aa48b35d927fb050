import { compileDensity, type CompiledDensity } from '../compiler/compile-density.js'
import type { DensityProgram } from '../compiler/program.js'
import { rewriteProgram, type KernelChoice } from '../rewrite/rewrite.js'

/** A compiled log density, and how its terms are computed. */
export interface CompiledProgram extends CompiledDensity {
  readonly kernels: readonly KernelChoice[]
}

/** Chooses a form for each term, then compiles all. */
export function compileProgram(program: DensityProgram): CompiledProgram {
  const rewritten = rewriteProgram(program)
  return { ...compileDensity(rewritten.program), kernels: rewritten.kernels }
}
