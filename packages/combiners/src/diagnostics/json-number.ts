/** JSON has no NaN and no infinity. */
export const finiteOrNull = (value: number | undefined): number | null => (value !== undefined && Number.isFinite(value) ? value : null)
