const MEBIBYTE = 1024 * 1024

/** `1024mb`: PBS's mb are 2^20 bytes. Rounded up. */
export const mebibytes = (bytes: number): string => `${Math.ceil(bytes / MEBIBYTE)}mb`

/** `01:30:00`. */
export function clock(seconds: number): string {
  const whole = Math.ceil(seconds)
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map(part => String(part).padStart(2, '0')).join(':')
}

/** The user's own chunks with what was asked for filled in. Without a memory request, `:mem={memory}` is left out. */
export function chunkText(text: string, cpus: number, memory: string | undefined): string {
  const filled = text.replaceAll('{cpus}', String(cpus))
  return memory === undefined ? filled.replaceAll(/:[a-z]+=\{memory\}/g, '') : filled.replaceAll('{memory}', memory)
}
