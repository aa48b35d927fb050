import { ChoraleError } from '@chorale/core/contracts'

/** Positions of a last batch that a claim can rest on. */
export const smallestBatch = (dimension: number): number => Math.max(1000, 50 * dimension)

/** Throws `CHORALE_COMBINE_BUDGET` unless such a batch is affordable after half as many positions to explore with. */
export function requireBudget(budget: number, dimension: number): void {
  const least = 1.5 * smallestBatch(dimension)
  if (!(budget >= least)) throw budgetError(budget, least, dimension)
}

export const budgetError = (budget: number, least: number, dimension: number): ChoraleError =>
  new ChoraleError(
    'CHORALE_COMBINE_BUDGET',
    `"amis" may ask for the density at ${Math.floor(budget)} positions; ${least} are the least that ${dimension} parameters take.`,
    {
      askedBy: 'combination.name',
      fix: 'draw more (the budget is a third of the gradients that sampling took), or combine with "auto" or "gaussian"',
    },
  )
