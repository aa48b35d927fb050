/**
 * Where the threads of one chain meet: words in shared memory that they watch, at first by spinning, then asleep.
 *
 * One thread, the coordinator, begins an evaluation by a new number; each other device computes its part and says how far it has come. Waking a sleeping
 * thread costs some 25 microseconds, spinning a core: whoever waits spins for about as long as waking would take.
 */
import type { TaskFailure } from '@chorale/core/contracts'

/** Int32 words in a cache line: words of different writers lie in different lines. */
const LINE = 16
const word = (line: number): number => line * LINE

/** Number of the evaluation that was begun last. */
const BEGUN = word(0)
/** Devices that sleep until the next evaluation. */
const ASLEEP = word(1)
/** 1 while the coordinator sleeps, or is about to. */
const AWAITED = word(2)
const STATE = word(3)
/** 1 once somebody writes the reason of a failure, and its length in bytes. */
const FAILURE_TAKEN = STATE + 1
const FAILURE_LENGTH = STATE + 2
/** Devices that can compute. */
const READY = word(4)
/** How far a device has come: counted over all evaluations, one for each sum. */
const arrival = (device: number): number => word(4 + device)

const OPEN = 0
const FAILED = 1
const CLOSED = 2

const SPINS = 20_000
/** A sleeper looks around this often, in milliseconds: a thread that died wakes nobody. */
const LOOK_MS = 50

/** Bytes for the reason of a failure, as JSON. */
const FAILURE_BYTES = 16_384

/** The memory of a meeting point: shared, so that it can be posted. */
export interface MeetingMemory {
  readonly words: Int32Array<SharedArrayBuffer>
  readonly failure: Uint8Array<SharedArrayBuffer>
}

export const meetingMemory = (devices: number): MeetingMemory => ({
  words: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * word(4 + devices + 1))),
  failure: new Uint8Array(new SharedArrayBuffer(FAILURE_BYTES)),
})

/** Ends a meeting for all: the coordinator reports this failure at its next look. The first failure stays. */
export function failMeeting({ words, failure }: MeetingMemory, reason: TaskFailure): void {
  const text = new TextEncoder().encode(JSON.stringify({ ...reason, message: reason.message.slice(0, FAILURE_BYTES / 8) }))
  // Written by one thread only: whoever sees the state sees the text.
  if (Atomics.compareExchange(words, FAILURE_TAKEN, 0, 1) !== 0) return
  failure.set(text)
  Atomics.store(words, FAILURE_LENGTH, text.length)
  Atomics.compareExchange(words, STATE, OPEN, FAILED)
  wakeAll(words)
}

/** Lets every device go. */
export function closeMeeting({ words }: MeetingMemory): void {
  Atomics.compareExchange(words, STATE, OPEN, CLOSED)
  wakeAll(words)
}

function wakeAll(words: Int32Array<SharedArrayBuffer>): void {
  Atomics.add(words, BEGUN, 1)
  Atomics.notify(words, BEGUN)
  for (let at = READY; at < words.length; at += LINE) Atomics.notify(words, at)
}

/** The failure of a meeting, if it failed. */
export function failureOfMeeting({ words, failure }: MeetingMemory): TaskFailure | undefined {
  if (Atomics.load(words, STATE) !== FAILED) return undefined
  return JSON.parse(new TextDecoder().decode(failure.slice(0, Atomics.load(words, FAILURE_LENGTH)))) as TaskFailure
}

/** Whether counter `a` has reached `b`: counters run over. */
const reached = (a: number, b: number): boolean => ((a - b) | 0) >= 0

/** Called at each look of a waiting coordinator, with the milliseconds that it has waited; may throw. */
export type Look = (waited: number) => void

/** The coordinator's side. `sums`: meetings in one evaluation. */
export class Coordination {
  readonly #words: Int32Array<SharedArrayBuffer>
  readonly #devices: number
  readonly #sums: number
  readonly #look: Look
  #evaluation = 0
  #expected = 0

  constructor({ words }: MeetingMemory, devices: number, sums: number, look: Look) {
    this.#words = words
    this.#devices = devices
    this.#sums = sums
    this.#look = look
  }

  /** Waits until all devices can compute. */
  ready(): void {
    this.#wait(READY, this.#devices - 1)
  }

  /** The position is in place. */
  begin(): void {
    const words = this.#words
    this.#evaluation = (this.#evaluation + 1) | 0
    this.#expected = Math.imul(this.#evaluation, this.#sums)
    Atomics.store(words, BEGUN, this.#evaluation)
    if (Atomics.load(words, ASLEEP) > 0) Atomics.notify(words, BEGUN)
  }

  /** Waits until all devices have left their numbers of the next sum. */
  meet(): void {
    this.#expected = (this.#expected + 1) | 0
    for (let device = 1; device < this.#devices; device++) this.#wait(arrival(device), this.#expected)
  }

  #wait(at: number, count: number): void {
    const words = this.#words
    for (let spin = 0; spin < SPINS; spin++) if (reached(Atomics.load(words, at), count)) return
    const began = performance.now()
    Atomics.store(words, AWAITED, 1)
    for (;;) {
      const seen = Atomics.load(words, at)
      if (reached(seen, count)) break
      this.#look(performance.now() - began)
      Atomics.wait(words, at, seen, LOOK_MS)
    }
    Atomics.store(words, AWAITED, 0)
  }
}

/** The side of any other device. */
export class Attendance {
  readonly #words: Int32Array<SharedArrayBuffer>
  readonly #device: number
  readonly #sums: number
  #evaluation = 0
  #arrived = 0

  constructor({ words }: MeetingMemory, device: number, sums: number) {
    this.#words = words
    this.#device = device
    this.#sums = sums
  }

  /** This device can compute. */
  ready(): void {
    Atomics.add(this.#words, READY, 1)
    Atomics.notify(this.#words, READY)
  }

  /** Waits for the next evaluation. Returns false when the meeting is over. */
  next(): boolean {
    const words = this.#words
    for (let spin = 0; spin < SPINS && Atomics.load(words, BEGUN) === this.#evaluation; spin++);
    if (Atomics.load(words, BEGUN) === this.#evaluation) {
      Atomics.add(words, ASLEEP, 1)
      Atomics.wait(words, BEGUN, this.#evaluation)
      Atomics.sub(words, ASLEEP, 1)
    }
    this.#evaluation = Atomics.load(words, BEGUN)
    this.#arrived = Math.imul(this.#evaluation, this.#sums)
    return Atomics.load(words, STATE) === OPEN
  }

  /** This device has left its numbers of the next sum. */
  arrive(): void {
    const words = this.#words
    const at = arrival(this.#device)
    this.#arrived = (this.#arrived + 1) | 0
    Atomics.store(words, at, this.#arrived)
    if (Atomics.load(words, AWAITED) !== 0) Atomics.notify(words, at)
  }
}
