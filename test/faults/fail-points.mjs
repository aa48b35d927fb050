/**
 * Stops a life between two steps of writing. Every call of `node:fs/promises` that changes a file system is a step; what runs under `live` has a life, and once that
 * has ended none of its steps takes place any more, as if its process had been killed.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

const lives = new AsyncLocalStorage()
const never = new Promise(() => undefined)

/**
 * Runs `work` until it ends or its life does: `{ ended }`, `{ error }` or `{ died }`, the step at which it died. `faultAt(step)`: undefined, `die`, `tear` (half of
 * what is to be written, then death) or a number of milliseconds to wait.
 */
export function live(faultAt, work) {
  return new Promise(resolve => {
    const life = {
      steps: 0,
      dead: false,
      faultAt,
      die: name => ((life.dead = true), resolve({ died: `${life.steps} (${name})`, steps: life.steps })),
    }
    const ends = of => value => void (life.dead || resolve({ [of]: value, steps: life.steps }))
    lives.run(life, () => Promise.resolve().then(work).then(ends('ended'), ends('error')))
  })
}

async function step(name, act, tear) {
  const life = lives.getStore()
  if (!life) return act()
  if (life.dead) return never
  const fault = life.faultAt(++life.steps)
  if (typeof fault === 'number') await new Promise(resolve => setTimeout(resolve, fault))
  if (fault === 'tear') await tear?.()
  if (fault === 'die' || fault === 'tear') {
    life.die(name)
    return never
  }
  const result = await act()
  return life.dead ? never : result
}

const half = content =>
  typeof content === 'string' || content instanceof Uint8Array ? content.slice(0, Math.floor(content.length / 2)) : undefined

for (const name of ['mkdir', 'chmod', 'link', 'rename', 'unlink']) {
  const original = fs[name]
  fs[name] = (...args) => step(name, () => original(...args))
}

const writeFile = fs.writeFile
fs.writeFile = (file, content, ...rest) =>
  step(
    'writeFile',
    () => writeFile(file, content, ...rest),
    async () => half(content) && (await writeFile(file, half(content), ...rest)),
  )

const open = fs.open
fs.open = async (path, flags, ...rest) => {
  const handle =
    flags === undefined || flags === 'r' ? await open(path, flags, ...rest) : await step('open', () => open(path, flags, ...rest))
  for (const name of ['sync', 'chmod', 'truncate']) {
    const original = handle[name].bind(handle)
    handle[name] = (...args) => step(`handle.${name}`, () => original(...args))
  }
  for (const name of ['write', 'writeFile']) {
    const original = handle[name].bind(handle)
    handle[name] = (content, ...args) =>
      step(
        `handle.${name}`,
        () => original(content, ...args),
        async () => half(content) && (await original(half(content))),
      )
  }
  return handle
}
syncBuiltinESMExports()
