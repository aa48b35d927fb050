import type { BatchOptions } from '@chorale/core/contracts'

/** Options of the backend: settings `backend`. Where no option fits, `directives` takes any `#SBATCH` line. */
export interface SlurmOptions extends BatchOptions {
  readonly qos?: string
  /** Features that nodes must have. */
  readonly constraint?: string
  readonly reservation?: string
  /** Generic resources. */
  readonly gres?: string
}
