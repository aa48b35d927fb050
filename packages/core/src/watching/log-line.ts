/** A line for people, without control characters. */
export interface LogLine {
  /** Number of the attempt; 0 for the run's own log. */
  readonly attempt: number
  /** File that it stands in; empty for what the attempt's records say. */
  readonly file: string
  readonly text: string
}
