/** Statements made into functions of bounded size: V8 does not optimise very long ones. */
import { runtime } from '../graph/elementwise-function.js'
import type { Statement } from './statement.js'

/** Characters up to which code stays one function, and of the pieces beyond. */
const longest = 16_000
const piece = 6_000

export interface FunctionText {
  readonly name: string
  readonly parameters: string
  readonly statements: readonly Statement[]
  /** Variables that are parameters. */
  readonly given?: readonly string[]
  /** Writes its variables to a record instead of the shared ones: their places there. */
  readonly record?: ReadonlyMap<string, number>
}

const usedIn = (code: string): readonly string[] => code.match(/\$\w+/g) ?? []

/** Cuts long code into pieces. */
export function pieces(statements: readonly Statement[]): readonly (readonly Statement[])[] {
  const total = statements.reduce((sum, { code }) => sum + code.length, 0)
  if (total <= longest) return [statements]
  const result: Statement[][] = [[]]
  let size = 0
  for (const statement of statements) {
    if (size > piece) {
      result.push([])
      size = 0
    }
    result.at(-1)!.push(statement)
    size += statement.code.length
  }
  return result
}

/** Source of the functions; variables that one declares and another uses go through the array `z`. */
export function functionsSource(functions: readonly FunctionText[]): { readonly source: string; readonly shared: number } {
  const definer = new Map<string, FunctionText>()
  for (const text of functions) for (const { defines } of text.statements) for (const name of defines) definer.set(name, text)
  const slots = new Map<string, number>()
  const bodies = functions.map(text => {
    const foreign = new Set<string>()
    for (const { code } of text.statements) {
      for (const name of usedIn(code)) {
        const from = definer.get(name)
        if (from !== undefined && from !== text && from.record === undefined) foreign.add(name)
      }
    }
    for (const name of foreign) if (!slots.has(name)) slots.set(name, slots.size)
    return { text, foreign }
  })
  const source = bodies.map(({ text, foreign }) => {
    const reads = [...foreign].map(name => `const ${name} = z[${slots.get(name)!}]`)
    const writes = text.statements.flatMap(({ defines }) =>
      defines.flatMap(name =>
        text.record === undefined
          ? slots.has(name)
            ? [`z[${slots.get(name)!}] = ${name}`]
            : []
          : text.record.has(name)
            ? [`r[${text.record.get(name)!}] = ${name}`]
            : [],
      ),
    )
    const code = text.statements.map(statement => statement.code.trimEnd())
    const last = code.at(-1)?.startsWith('return ') === true ? [code.pop()!] : []
    return `function ${text.name}(${text.parameters}) {\n${[...reads, ...code, ...writes, ...last].join('\n')}\n}`
  })
  return { source: source.join('\n'), shared: slots.size }
}

/** Declarations of the functions of the runtime that code calls, and what must be passed in for them. */
export function runtimeOf(source: string): { readonly declarations: string; readonly bindings: readonly (readonly [string, unknown])[] } {
  const called = new Set([...source.matchAll(/\b([a-zA-Z]\w*)\(/g)].map(match => match[1]).filter(name => Object.hasOwn(runtime, name)))
  const portable = [...called].filter(name => (Math as unknown as Record<string, unknown>)[name] === runtime[name])
  return {
    declarations: portable.map(name => `const ${name} = Math.${name}\n`).join(''),
    bindings: [...called].filter(name => !portable.includes(name)).map(name => [name, runtime[name]]),
  }
}
