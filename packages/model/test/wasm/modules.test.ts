import { expect, test } from 'vitest'
import { moduleBuilder, webAssembly } from '@chorale/wasm'
import { buildLogistic } from '../../src/wasm/logistic-module.js'
import { buildPoisson } from '../../src/wasm/poisson-module.js'
import { buildProducts } from '../../src/wasm/product-module.js'

const layout = (coefficients: number, columns: number) => ({ coefficients, tiles: { rows: 1, columns, address: 0, blockRows: 4096 } })

test('a kernel module is valid for every shape and kind of memory', () => {
  for (const memory of [{ shared: false }, { shared: true, maximumPages: 100 }] as const) {
    for (const columns of [1, 2, 25, 100, 5000]) {
      for (const offsets of [0, 1]) {
        const [products, logistic, poisson] = [moduleBuilder(memory), moduleBuilder(memory), moduleBuilder(memory)]
        buildProducts(products, columns)
        buildLogistic(logistic, layout(columns, columns + offsets))
        buildPoisson(poisson, layout(columns, columns + 1 + offsets))
        for (const module of [products, logistic, poisson]) expect(webAssembly.validate(module.encode())).toBe(true)
      }
    }
  }
})

test('the logistic module stays small: about two kilobytes at any number of columns', () => {
  const size = (columns: number): number => {
    const module = moduleBuilder({ shared: false })
    buildLogistic(module, layout(columns, columns))
    return module.encode().length
  }
  expect(size(25)).toBeLessThan(2500)
  expect(size(1000) - size(25)).toBeLessThan(30)
})
