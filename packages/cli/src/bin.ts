import { packagesBeside } from './beside.js'
import { main } from './main.js'

process.exitCode = await main(process.argv.slice(2), packagesBeside())
