/**
 * Options as getopt reads them: `described` is `-N:-J:-z` without the dashes. Options may be repeated and may stand after operands; `--` ends them.
 * Returns `{ options: [[letter, value]], operands, rest }`, or `{ wrong: letter }` for an option that does not exist or lacks its value.
 */
export function readOptions(argv, described) {
  const takesValue = new Map([...described.matchAll(/(\w)(:?)/g)].map(([, letter, colon]) => [letter, colon === ':']))
  const options = []
  const operands = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]
    if (word === '--') return { options, operands, rest: argv.slice(at + 1) }
    if (!word.startsWith('-') || word === '-') {
      operands.push(word)
      continue
    }
    for (let position = 1; position < word.length; position++) {
      const letter = word[position]
      if (!takesValue.has(letter)) return { wrong: letter }
      if (!takesValue.get(letter)) {
        options.push([letter, true])
        continue
      }
      const attached = word.slice(position + 1)
      if (attached === '' && at + 1 >= argv.length) return { wrong: letter }
      options.push([letter, attached === '' ? argv[++at] : attached])
      break
    }
  }
  return { options, operands }
}

/** Words of a directive line: blanks separate, quotes keep together. */
export function splitWords(line) {
  const words = []
  for (const [, word] of line.matchAll(/((?:"[^"]*"|'[^']*'|[^\s"'])+)/g)) words.push(word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'))
  return words
}

/** Directives of a script: those lines before its first command that begin with `prefix`. */
export function readDirectives(script, prefix) {
  const words = []
  for (const line of script.split('\n')) {
    if (line.startsWith(prefix)) words.push(...splitWords(line.slice(prefix.length)))
    else if (line.trim() !== '' && !line.startsWith('#') && !line.startsWith(':')) break
  }
  return words
}

/** `a=1,b='x,y'`: commas inside of quotes belong to the value. */
export function splitList(list) {
  return [...list.matchAll(/((?:'[^']*'|"[^"]*"|\\,|[^,])+)/g)].map(([, item]) => item)
}
