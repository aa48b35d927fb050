import type * as Pino from 'pino'

import type { Json, Log } from '../contracts/index.js'
import { library } from '../library.js'

type Entry = readonly [level: 'info' | 'warn', message: string, fields: Record<string, Json>]

const pinoLibrary = (): typeof Pino => library('pino')

/** The log of a run: JSON lines in a file of the run directory. What is said before there is one is kept and written then. */
export class RunLogFile implements Log {
  #logger: Pino.Logger | undefined
  #close: (() => void) | undefined
  #early: Entry[] = []

  /** Loads what writes the log, when there is time for it: otherwise `open` does. */
  load(): void {
    pinoLibrary()
  }

  open(path: string): void {
    this[Symbol.dispose]()
    const { destination, pino, stdTimeFunctions } = pinoLibrary()
    const file = destination({ dest: path, append: true, sync: true, mode: 0o600 })
    // A log that cannot be written, on a full disk for one, must not end the run: without a listener the error would.
    file.on('error', () => undefined)
    this.#logger = pino({ base: null, timestamp: stdTimeFunctions.isoTime }, file)
    this.#close = () => file.end()
    for (const [level, message, fields] of this.#early.splice(0)) this.#logger[level](fields, message)
  }

  info(message: string, fields: Record<string, Json> = {}): void {
    this.#write('info', message, fields)
  }

  warn(message: string, fields: Record<string, Json> = {}): void {
    this.#write('warn', message, fields)
  }

  [Symbol.dispose](): void {
    this.#close?.()
    this.#close = undefined
    this.#logger = undefined
  }

  #write(...entry: Entry): void {
    const [level, message, fields] = entry
    if (this.#logger) this.#logger[level](fields, message)
    else this.#early.push(entry)
  }
}
