/**
 * Time from a model's function to its first gradient, in a process that has compiled nothing before, and once more when it has.
 * Usage: node bench/gradient/compile-time.mjs CASE; writes one line of JSON, in milliseconds.
 */
import { timeToFirstGradient } from './compiled-side.mjs'
import { createCase } from './data.mjs'

const example = createCase(process.argv[2])
const first = timeToFirstGradient(example)
const again = timeToFirstGradient(example)
console.log(JSON.stringify({ first, again }))
