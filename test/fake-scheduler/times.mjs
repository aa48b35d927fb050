const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = number => String(number).padStart(2, '0')

/** `Sun Nov 22 12:30:30 2026`: local time, no zone. */
export function ctime(ms) {
  const at = new Date(ms)
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')
  return `${DAYS[at.getDay()]} ${MONTHS[at.getMonth()]} ${String(at.getDate()).padStart(2)} ${clock} ${at.getFullYear()}`
}

/** `Sun Nov 22 at 12:30`, as comments have it. */
export function dayAndMinute(ms) {
  const at = new Date(ms)
  return `${DAYS[at.getDay()]} ${MONTHS[at.getMonth()]} ${two(at.getDate())} at ${two(at.getHours())}:${two(at.getMinutes())}`
}

export const epochSeconds = ms => Math.floor(ms / 1000)

export function clock(seconds) {
  const whole = Math.floor(seconds)
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map(two).join(':')
}

/** Seconds of `[[HH:]MM:]SS`, or undefined. */
export function readClock(text) {
  if (!/^\d+(:\d+){0,2}(\.\d+)?$/.test(text)) return undefined
  return text.split(':').reduce((sum, part) => sum * 60 + Math.floor(Number(part)), 0)
}
