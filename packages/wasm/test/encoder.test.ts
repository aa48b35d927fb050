import { describe, expect, test } from 'vitest'
import { f64, f64x2, i32 } from '../src/expression.js'
import { instantiate } from '../src/instantiate.js'
import { kernelMemory } from '../src/kernel-memory.js'
import { signedLeb128, unsignedLeb128 } from '../src/leb128.js'

describe('LEB128', () => {
  test('has the bytes of the examples in DWARF 4, section 7.6, figures 22 and 23', () => {
    expect([2, 127, 128, 129, 130, 12857].map(unsignedLeb128)).toEqual([[2], [127], [0x80, 1], [0x81, 1], [0x82, 1], [0xb9, 0x64]])
    const signed = [2, -2, 127, -127, 128, -128, 129, -129].map(signedLeb128)
    expect(signed).toEqual([[2], [0x7e], [0xff, 0], [0x81, 0x7f], [0x80, 1], [0x80, 0x7f], [0x81, 1], [0xff, 0x7e]])
  })

  test('carries addresses above 2^31', () => {
    expect(unsignedLeb128(2 ** 32 - 1)).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f])
  })
})

describe('a module', () => {
  test('runs scalar and vector arithmetic, calls and loops', () => {
    const memory = kernelMemory()
    const at = memory.reserve(64)
    const numbers = memory.view(at, 8)()
    numbers.set([1, 2, 3, 4])
    const { sum } = instantiate('test of sums', memory, module => {
      const double = module.function('double', 1, (f, address) => f.store(address, f64.mul(f64.load(address), f64.const(2))))
      module.function('sum', 2, (f, from, to) => {
        const total = f.let(f64x2.const(0))
        const pointer = f.let(from)
        f.forRange(pointer, to, 16, () => f.set(total, f64x2.add(total, f64x2.load(pointer))))
        f.store(to, f64.add(f64.lane(total, 0), f64.lane(total, 1)))
        f.call(double, to)
      })
    })
    sum(at, at + 32)
    expect(numbers[4]).toBe(20)
    sum(at, at)
    expect(numbers[0]).toBe(0)
  })

  test('takes roots, signs and sizes, compares, and masks addresses', () => {
    const memory = kernelMemory()
    const at = memory.reserve(128)
    const numbers = memory.view(at, 16)()
    numbers.set([9, -2, NaN])
    const { compute } = instantiate('test of scalars', memory, module =>
      module.function('compute', 1, (f, address) => {
        const [nine, minusTwo, none] = [0, 8, 16].map(offset => f.let(f64.load(address, offset)))
        const start = i32.and(i32.add(address, i32.const(100)), i32.const(-64))
        f.store(start, f64.sqrt(nine!))
        f.store(start, f64.abs(minusTwo!), 8)
        f.store(start, f64.neg(nine!), 16)
        f.store(start, f64.copySign(nine!, minusTwo!), 24)
        f.if(f64.lessThan(minusTwo!, nine!), () => f.store(start, f64.const(1), 32))
        f.if(f64.lessThan(nine!, none!), () => f.store(start, f64.const(1), 40))
        f.if(f64.lessThan(none!, nine!), () => f.store(start, f64.const(1), 48))
      }),
    )
    compute(at)
    expect([...numbers.subarray(8, 15)]).toEqual([3, 2, -9, -9, 1, 0, 0])
  })

  test('skips the body of a condition that is zero', () => {
    const memory = kernelMemory()
    const at = memory.reserve(64)
    const { mark } = instantiate('test of conditions', memory, module =>
      module.function('mark', 2, (f, address, limit) => f.if(i32.lessThan(address, limit), () => f.store(address, f64.const(-0.1)))),
    )
    const numbers = memory.view(at, 1)
    mark(at, at)
    expect(numbers()[0]).toBe(0)
    mark(at, at + 1)
    expect(numbers()[0]).toBe(-0.1)
  })
})

describe('kernel memory', () => {
  test('growth keeps what was written, and views find it again', () => {
    const memory = kernelMemory()
    const address = memory.reserve(16)
    const view = memory.view(address, 2)
    view()[1] = 7
    memory.reserve(1e6)
    expect(view()[1]).toBe(7)
  })

  test('a shared memory grows without emptying the arrays given out before', () => {
    const memory = kernelMemory({ sharedBytes: 2 ** 32 })
    const before = memory.view(memory.reserve(16), 2)()
    before[1] = 7
    const far = memory.view(memory.reserve(1e6), 1e6 / 8)()
    far[1e5] = 1
    expect([...before]).toEqual([0, 7])
    const { double } = instantiate('test of growth', memory, module =>
      module.function('double', 1, (f, address) => f.store(address, f64.mul(f64.load(address), f64.const(2)))),
    )
    double(8)
    expect(before[1]).toBe(14)
  })

  test('pieces start at cache lines and do not overlap', () => {
    const memory = kernelMemory()
    const addresses = [1, 64, 65, 8].map(bytes => memory.reserve(bytes))
    expect(addresses).toEqual([0, 64, 128, 256])
  })

  test('gives pieces back, and gives them out again as zeros', () => {
    const memory = kernelMemory()
    const kept = memory.view(memory.reserve(64), 8)()
    kept.fill(1)
    const start = memory.reserve(128)
    memory.view(start, 16)().fill(2)
    memory.rewind(start)
    expect(memory.reserve(256)).toBe(start)
    expect([...memory.view(start, 32)()]).toEqual(Array(32).fill(0))
    expect([...kept]).toEqual(Array(8).fill(1))
  })

  test('refuses more than a WebAssembly memory can address, and says what to do', () => {
    expect(() => kernelMemory().reserve(5e9)).toThrow(expect.objectContaining({ code: 'CHORALE_WASM_MEMORY' }))
    expect(() => kernelMemory({ sharedBytes: 1e5 }).reserve(1e6)).toThrow(expect.objectContaining({ code: 'CHORALE_WASM_MEMORY' }))
  })
})
