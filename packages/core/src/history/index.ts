export { readHistory, type CombinationRecord, type RunHistory } from './run-history.js'
export type { AttemptHistory } from './attempt-history.js'
