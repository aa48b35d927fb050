const HOUR = 3_600

/** `02:30:00`, as the setting takes it. */
export function formatWalltime(seconds: number): string {
  const s = Math.round(seconds)
  return [Math.floor(s / HOUR), Math.floor(s / 60) % 60, s % 60].map(part => String(part).padStart(2, '0')).join(':')
}
