import { autocovariance } from '@chorale/diagnostics'

/** Of a chain at lags 0 to `lags`; NaN of one that never moves. */
export function autocorrelation(chain: Float64Array, lags: number): readonly number[] {
  const covariance = autocovariance(chain)
  return Array.from({ length: lags + 1 }, (_, lag) => (covariance[0]! > 0 ? covariance[lag]! / covariance[0]! : NaN))
}
