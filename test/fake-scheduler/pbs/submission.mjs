/** What OpenPBS's and TORQUE's qsub have in common: directives under options, a copy of the script, the record and its supervisor. */
import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

import { readDirectives, readOptions, splitList } from '../arguments.mjs'

const isFile = path => existsSync(path) && statSync(path).isFile()

/** Options and script of a call: `{ given, lists, script, text, command }`, or `{ wrong }`, or `{ missing }` with the path of a script that is not there. */
export function readCall(argv, described) {
  const line = readOptions(argv, described)
  if (line.wrong) return line
  const [path] = line.operands
  const fromStdin = line.rest === undefined && (path === undefined || path === '-')
  if (line.rest === undefined && !fromStdin && !isFile(path)) return { missing: path }
  const text = line.rest === undefined ? (fromStdin ? readFileSync(0, 'utf8') : readFileSync(path, 'utf8')) : ''
  const prefix = line.options.find(([letter]) => letter === 'C')?.[1] ?? '#PBS'
  const directives = readOptions(readDirectives(text, prefix), described)
  if (directives.wrong) return directives
  const given = { ...Object.fromEntries([...directives.options].reverse()), ...Object.fromEntries(line.options) }
  const lists = letter => [...directives.options, ...line.options].filter(([name]) => name === letter).map(([, value]) => value)
  return { given, lists, script: fromStdin ? undefined : path, text, command: line.rest, isFile: line.rest === undefined && !fromStdin }
}

/** Of `-W a=b,c=d` lists: `depend` may itself hold commas and is taken whole, as `type:id:id`. */
export function readAttributes(lists) {
  const attributes = {}
  for (const list of lists)
    for (const item of splitList(list)) {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(item) ?? []
      if (name === undefined) return undefined
      attributes[name] = value
    }
  return attributes
}

export function readDepend(text = '') {
  return text
    .split(',')
    .filter(Boolean)
    .map(item => {
      const [type, ...on] = item.split(':')
      return { type, on: on.map(id => id.replace(/@.*$/, '')) }
    })
}

/** `-v A=1,B` with the submitter's value of B. */
export function readVariables(list, environment) {
  const pairs = splitList(list ?? '').map(item => {
    const [, name, value] = /^([^=]+)(?:=(.*))?$/s.exec(item)
    return [name, value === undefined ? (environment[name] ?? '') : value.replace(/^'(.*)'$/s, '$1').replace(/\\(.)/g, '$1')]
  })
  return Object.fromEntries(pairs)
}

/** `0-5`, `0-10:2`, `0,4-6` and `%3` behind them: `{ indices, limit }`, or undefined. */
export function readRange(text) {
  const [, ranges, limit] = /^([\d,:-]+)(?:%(\d+))?$/.exec(text) ?? []
  if (ranges === undefined) return undefined
  const indices = []
  for (const range of ranges.split(',')) {
    const [, first, last, step = '1'] = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(range) ?? []
    if (first === undefined || Number(step) < 1 || Number(last ?? first) < Number(first)) return undefined
    for (let index = Number(first); index <= Number(last ?? first); index += Number(step)) indices.push(index)
  }
  return { request: ranges, indices, ...(limit === undefined ? {} : { limit: Number(limit) }) }
}

/** Records the job under the next free number and starts its supervisor. */
export function enqueue(state, { idOf, ...described }, call) {
  const { server, root } = state
  const seq = state.claimSequence()
  const now = Date.now()
  const single = described.array === null
  const indices = single ? [undefined] : described.array.indices
  const held = described.hold !== '' || described.depend.length > 0
  const job = {
    ...described,
    seq,
    id: idOf(seq),
    dialect: server.dialect,
    owner: `${server.user}@${server.host}`,
    submitCwd: process.cwd(),
    submitArguments: process.argv.slice(3),
    ctime: now,
    elements: indices.map((index, at) => ({
      ...(index === undefined ? {} : { index }),
      ...(described.numbers ? { number: described.numbers(seq, at) } : {}),
      state: held ? 'H' : 'Q',
      substate: held ? 22 : 10,
      runCount: 0,
      queuedAt: now,
    })),
  }
  const script = join(state.folderOf(seq), 'script')
  if (call.isFile) copyFileSync(resolve(call.script), script)
  else writeFileSync(script, call.text)
  chmodSync(script, 0o700)
  state.write(job)
  const supervisor = spawn(process.execPath, [new URL('../supervisor.mjs', import.meta.url).pathname, root, String(seq)], {
    cwd: root,
    detached: true,
    stdio: 'ignore',
    env: {},
  })
  supervisor.unref()
  return job
}

export const nameOf = ({ given, script, command }) =>
  given.N ?? (command ? basename(command[0]) : script === undefined ? 'STDIN' : basename(script))
