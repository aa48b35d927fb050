/** Claims one attempt of every task named task-0 to task-(n-1). argv: run directory, n. Prints the attempts. */
import { claimAttempt } from '../../src/run-directory/attempt.js'

const [, , run, rounds] = process.argv
const attempts: number[] = []
for (let i = 0; i < Number(rounds); i++) attempts.push((await claimAttempt(run!, `task-${i}`, 1)).attempt)
console.log(JSON.stringify(attempts))
