/** What one transition did, apart from the state it led to. A chain writes the same record again and again. */
export interface Transition {
  diverging: boolean
  /** Mean Metropolis acceptance probability over the trajectory's points. */
  acceptProb: number
  steps: number
  stepSize: number
  treeDepth: number
  /** The Hamiltonian at the draw. */
  energy: number
}

export const emptyTransition = (): Transition => ({ diverging: false, acceptProb: 0, steps: 0, stepSize: 0, treeDepth: 0, energy: 0 })
