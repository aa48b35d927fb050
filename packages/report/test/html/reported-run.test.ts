import type { RunHistory } from '@chorale/core'
import type { RunResults } from '@chorale/core/results'
import { expectTypeOf, test } from 'vitest'

import type { ReportedHistory, ReportedRun } from '../../src/index.js'

test('what the core reads of a run is what a report is made from', () => {
  expectTypeOf<RunResults>().toExtend<ReportedRun>()
  expectTypeOf<RunHistory>().toExtend<ReportedHistory>()
})
