/** Seconds of `HH:MM:SS` or a number of seconds, as PBS prints times; undefined for anything else. */
export function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+(:\d+){0,3}$/.test(text)) return undefined
  const parts = text.split(':').map(Number)
  const [days = 0, ...clock] = parts.length === 4 ? parts : [0, ...parts]
  return days * 86_400 + clock.reduce((sum, part) => sum * 60 + part, 0)
}
