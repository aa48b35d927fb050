/** What one transition did, apart from the state it led to. A chain writes the same record again and again. */
export interface Transition {
  /** Whether the energy rose so far along the trajectory that it was given up. */
  diverging: boolean
  /** Mean Metropolis acceptance probability over the trajectory's points. */
  acceptProb: number
  /** Leapfrog steps, each with one gradient. */
  steps: number
  stepSize: number
  /** Doublings of the trajectory. */
  treeDepth: number
  /** The Hamiltonian at the draw: kinetic energy minus log density. */
  energy: number
}

export const emptyTransition = (): Transition => ({ diverging: false, acceptProb: 0, steps: 0, stepSize: 0, treeDepth: 0, energy: 0 })
