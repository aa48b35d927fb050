/** What keeps a value from being a model, in words; undefined for a model. */
export function modelProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return `is ${value === null ? 'null' : typeof value}, not an object`
  const { rows, dataNames, bind } = value as { rows?: unknown; dataNames?: unknown; bind?: unknown }
  const groupedBy = typeof rows === 'object' && rows !== null ? (rows as { by?: unknown }).by : undefined
  if (rows !== 'independent' && rows !== 'joint' && typeof groupedBy !== 'string')
    return "has no rows: 'independent', 'joint' or { by: column }"
  if (!Array.isArray(dataNames) || !dataNames.every(name => typeof name === 'string')) return 'has no dataNames: the columns that it reads'
  if (typeof bind !== 'function') return 'has no method bind(data, summary)'
  return undefined
}
