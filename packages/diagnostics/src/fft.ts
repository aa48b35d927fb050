/** A complex Fourier transform of one size, and its way back; made once, used for many arrays. */
export interface FourierTransform {
  readonly size: number
  /** Replaces (re, im), both of length `size`, by sum_t x_t exp(-2 pi i k t / size), frequency k stored at the bit-reversed index of k. */
  forwardInto(re: Float64Array, im: Float64Array): void
  /** Replaces (re, im), frequencies at bit-reversed indices, by sum_k X_k exp(+2 pi i k t / size) in natural order: `size` times the inverse. */
  backInto(re: Float64Array, im: Float64Array): void
}

/**
 * Radix-2 Cooley-Tukey, O(n log n): decimation in frequency forward, in time back, so that neither way has to reorder.
 *
 * @param size a power of two.
 * @throws RangeError when it is not.
 */
export function fourierTransform(size: number): FourierTransform {
  if (latest?.size !== size) latest = newTransform(size)
  return latest
}

/** All quantities of a run have transforms of one size. */
let latest: FourierTransform | undefined

function newTransform(size: number): FourierTransform {
  if (!(size >= 1 && Number.isInteger(Math.log2(size)))) throw new RangeError(`Size of a Fourier transform is ${size}, not a power of two.`)
  const half = size >> 1
  const cos = new Float64Array(half)
  const sin = new Float64Array(half)
  for (let k = 0; k < half; k++) {
    cos[k] = Math.cos((2 * Math.PI * k) / size)
    sin[k] = Math.sin((2 * Math.PI * k) / size)
  }
  return {
    size,
    forwardInto(re, im) {
      for (let width = half; width >= 1; width >>= 1) {
        const stride = half / width
        for (let start = 0; start < size; start += 2 * width) {
          for (let k = 0; k < width; k++) {
            const a = start + k
            const b = a + width
            const c = cos[k * stride]
            const s = sin[k * stride]
            const r = re[a] - re[b]
            const i = im[a] - im[b]
            re[a] += re[b]
            im[a] += im[b]
            re[b] = r * c + i * s
            im[b] = i * c - r * s
          }
        }
      }
    },
    backInto(re, im) {
      for (let width = 1; width < size; width *= 2) {
        const stride = half / width
        for (let start = 0; start < size; start += 2 * width) {
          for (let k = 0; k < width; k++) {
            const a = start + k
            const b = a + width
            const c = cos[k * stride]
            const s = sin[k * stride]
            const r = re[b] * c - im[b] * s
            const i = re[b] * s + im[b] * c
            re[b] = re[a] - r
            im[b] = im[a] - i
            re[a] += r
            im[a] += i
          }
        }
      }
    },
  }
}
