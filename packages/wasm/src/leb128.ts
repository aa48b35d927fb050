/** The bytes of an unsigned integer below 2^32, little end first, seven bits a byte (WebAssembly core specification, 5.2.2). */
export const unsignedLeb128 = (value: number): number[] => {
  const bytes: number[] = []
  let rest = value >>> 0
  do {
    const low = rest & 0x7f
    rest >>>= 7
    bytes.push(rest === 0 ? low : low | 0x80)
  } while (rest !== 0)
  return bytes
}

/** The bytes of a signed 32-bit integer (two's complement): the last byte's bit 6 is the sign. */
export const signedLeb128 = (value: number): number[] => {
  const bytes: number[] = []
  let rest = value | 0
  for (;;) {
    const low = rest & 0x7f
    rest >>= 7
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)
    bytes.push(done ? low : low | 0x80)
    if (done) return bytes
  }
}
