import { splitWords } from '../arguments.mjs'

const SHORT = {
  J: 'job-name',
  a: 'array',
  o: 'output',
  e: 'error',
  p: 'partition',
  A: 'account',
  t: 'time',
  c: 'cpus-per-task',
  n: 'ntasks',
  N: 'nodes',
  d: 'dependency',
}
const SHORT_QUERIES = { j: 'jobs', n: 'name', t: 'states', O: 'Format', u: 'user' }

/** `--name=value`, `--flag`, `-n value`, up to the first operand: `{ options, operands }`. Of options that are given twice, the last counts. */
export function readLongOptions(argv, { query = false, flags = [] } = {}) {
  const options = {}
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]
    const [, name, value] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? []
    const [, letter, attached] = /^-([A-Za-z])(.*)$/s.exec(word) ?? []
    if (name !== undefined)
      options[name] = value ?? (flags.includes(name) || at + 1 >= argv.length || argv[at + 1].startsWith('-') ? true : argv[++at])
    else if (letter !== undefined) {
      const long = (query ? SHORT_QUERIES : SHORT)[letter]
      if (long) options[long] = attached === '' ? argv[++at] : attached
      else options[letter] = true
    } else return { options, operands: argv.slice(at) }
  }
  return { options, operands: [] }
}

export function readSbatchDirectives(text, flags) {
  const words = []
  for (const line of text.split('\n')) {
    if (line.startsWith('#SBATCH')) words.push(...splitWords(line.slice('#SBATCH'.length)))
    else if (line.trim() !== '' && !line.startsWith('#')) break
  }
  return readLongOptions(words, { flags }).options
}
