import { samplerContract } from '@chorale/testkit'
import { describe, it } from 'vitest'
import plugin from '../src/index.js'

/** `optimize` writes one row, the mode: it is run by a command of its own, and gives no draws. */
const samplers = (plugin.samplers ?? []).filter(({ name }) => name !== 'optimize')

describe.each(samplers)('the contract of samplers, kept by $name', sampler => {
  for (const { name, skip, run } of samplerContract(sampler)) it.skipIf(skip)(name, run, 60_000)
})
