import { elementaryOperators } from './elementary-operators.js'
import { specialOperators } from './special-operators.js'

/** Every elementwise function of the language. */
export const operators = { ...elementaryOperators, ...specialOperators } as const

export type OperatorName = keyof typeof operators
