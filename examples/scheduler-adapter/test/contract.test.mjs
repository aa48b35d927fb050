/** Every promise of an adapter, one test each, without a test framework and without a scheduler: `node --test test/contract.test.mjs`. */

import { describe, it } from 'node:test'
import { schedulerContract } from '@chorale/testkit'
import { gridEngine } from '../sge.mjs'
import { recordings } from './recordings.mjs'

describe('Grid Engine keeps the contract of schedulers', () => {
  for (const { name, skip, run } of schedulerContract(gridEngine({}), recordings)) it(name, { skip }, run)
})
