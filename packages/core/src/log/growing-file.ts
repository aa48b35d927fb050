import { createReadStream } from 'node:fs'

import { systemErrorCode } from '../run-directory/write-error.js'

const LINE_FEED = 0x0a

/** A text file that others append to, read a line at a time, from where it was read last. */
export class GrowingFile {
  readonly #path: string
  #offset = 0
  #rest = Buffer.alloc(0)

  constructor(path: string) {
    this.#path = path
  }

  /** Whole lines that have come since; none while there is no such file. */
  async *lines(): AsyncGenerator<string> {
    try {
      for await (const chunk of createReadStream(this.#path, { start: this.#offset }) as AsyncIterable<Buffer>) {
        this.#offset += chunk.length
        let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
        for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED)) {
          yield bytes.toString('utf8', 0, end)
          bytes = bytes.subarray(end + 1)
        }
        this.#rest = Buffer.from(bytes)
      }
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error
    }
  }

  /** A last line without an end; empty if there is none. */
  rest(): string {
    return this.#rest.toString('utf8')
  }
}
