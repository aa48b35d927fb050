import { definePlugin } from '@chorale/core/contracts'
import { inline } from './sources/inline.js'
import { csv } from './sources/csv.js'
import { parquet } from './sources/parquet.js'
import { sql } from './sources/sql.js'
import { random } from './sharders/random.js'
import { contiguous } from './sharders/contiguous.js'
import { stratified } from './sharders/stratified.js'
import { byGroup } from './sharders/by-group.js'

/** The data sources and sharding strategies that come with Chorale. */
export default definePlugin({
  name: '@chorale/data',
  apiVersion: 1,
  dataSources: [inline, csv, parquet, sql],
  sharders: [random, contiguous, stratified, byGroup],
})
