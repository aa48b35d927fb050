/** Ways of printing attributes. */

const flat = attributes =>
  Object.entries(attributes).flatMap(([name, value]) => {
    if (typeof value === 'string') return [[name, value]]
    if (name === 'Variable_List')
      return [
        [
          name,
          Object.entries(value)
            .map(([variable, text]) => `${variable}=${text.replaceAll(',', '\\,')}`)
            .join(','),
        ],
      ]
    return Object.entries(value).map(([part, text]) => [`${name}.${part}`, text])
  })

const WIDTH = 79

/** `    key = value`; lines longer than 79 columns go on after a tab, in the middle of a word, unless they are left whole. */
export const asText = (id, attributes, whole) =>
  [`Job Id: ${id}`, ...flat(attributes).map(([name, value]) => wrap(`    ${name} = ${value}`, whole))].map(line => `${line}\n`).join('')

function wrap(line, whole) {
  if (whole || line.length < WIDTH) return line
  const parts = [line.slice(0, WIDTH - 1)]
  for (let at = WIDTH - 1; at < line.length; at += WIDTH - 9) parts.push(`\t${line.slice(at, at + WIDTH - 9)}`)
  return parts.join('\n')
}

export const asDsv = (id, attributes) =>
  `Job Id: ${id}|${flat(attributes)
    .map(([name, value]) => `${name}=${value.replaceAll('|', '\\|')}`)
    .join('|')}\n`

/** A tab for each level, no blank after the colon, numbers for what looks like one. */
export function asJson(value, depth = 0) {
  if (typeof value === 'object') {
    const tabs = '\t'.repeat(depth + 1)
    const entries = Object.entries(value).map(([name, part]) => `${tabs}${JSON.stringify(name)}:${asJson(part, depth + 1)}`)
    return `{\n${entries.join(',\n')}\n${'\t'.repeat(depth)}}`
  }
  return typeof value === 'number' || /^-?(0|[1-9]\d{0,15})(\.\d+)?$/.test(value) ? String(value) : JSON.stringify(value)
}

const escape = text =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&apos;')

export const asXml = value =>
  Object.entries(value)
    .map(([name, part]) => `<${name}>${typeof part === 'string' ? escape(part) : asXml(part)}</${name}>`)
    .join('')
