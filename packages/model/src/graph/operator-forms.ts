import type { Operator } from './operator.js'

export const unary = (name: string, source: (a: string) => string, partial: (a: string, out: string) => string | null): Operator => ({
  name,
  arity: 1,
  source: a => source(a!),
  partials: ([a], out) => [partial(a!, out)],
})

export const binary = (
  name: string,
  source: (a: string, b: string) => string,
  partials: (a: string, b: string, out: string) => readonly (string | null)[],
): Operator => ({
  name,
  arity: 2,
  source: (a, b) => source(a!, b!),
  partials: ([a, b], out) => partials(a!, b!, out),
})

export const ternary = (
  name: string,
  source: (args: string) => string,
  partials: (args: string) => readonly (string | null)[],
): Operator => ({
  name,
  arity: 3,
  source: (...args) => source(args.join(', ')),
  partials: args => partials(args.join(', ')),
})

/** 1 where it holds and 0 elsewhere, flat on both sides. */
export const comparison = (name: string, symbol: string): Operator =>
  binary(
    name,
    (a, b) => `(${a} ${symbol} ${b} ? 1 : 0)`,
    () => [null, null],
  )
