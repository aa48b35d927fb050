import { main } from '@chorale/cli'

import { builtins } from './builtins.js'

process.exitCode = await main(process.argv.slice(2), {
  builtins,
  loadTestkit: () => import('@chorale/testkit'),
  home: import.meta.dirname,
})
