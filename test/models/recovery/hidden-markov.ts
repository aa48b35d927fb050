import { dirichlet, log, logAddExp, logNormal, model, normal, scan, type Value, value, vector } from '@chorale/model'

const STATES = [0, 1, 2]
const LOCATIONS = value([-3, 0, 3])

/** From the rows of the transition matrix, one for each state that is left, to the logarithms of probabilities [before][now]. */
type Orientation = (leaving: readonly Value[]) => readonly (readonly Value[])[]

const leavingIsARow: Orientation = leaving => leaving.map(row => STATES.map(now => log(row.at(now))))
const leavingIsAColumn: Orientation = leaving => STATES.map(before => leaving.map(row => log(row.at(before))))

/**
 * A hidden Markov model of three states that tend to follow each other in a circle, with normal data given the state. The states are summed out by the
 * forward recursion, on the log scale: forward[now] = log P(data up to now, state now).
 */
const hiddenMarkov = (orientation: Orientation) =>
  model(({ data, sample, factor }) => {
    const y = data.series('y')
    const mean = sample('mean', normal(LOCATIONS, 1), { support: vector('ordered') })
    const sd = sample('sd', logNormal(0, 0.3))
    const logTransition = orientation([
      sample('after 1', dirichlet([3, 6, 1])),
      sample('after 2', dirichlet([1, 3, 6])),
      sample('after 3', dirichlet([6, 1, 3])),
    ])
    const logEmission = (x: Value): readonly Value[] => STATES.map(state => normal(mean.at(state), sd).logDensity(x))
    const first = logEmission(y.at(0)).map(term => term.sub(Math.log(STATES.length)))
    const forward = scan(first, [y.slice(1)], (past, [x]) =>
      logEmission(x!).map((emission, now) => emission.add(logSum(past.map((term, before) => term.add(logTransition[before]![now]!))))),
    )
    factor('y', logSum(forward.map(term => term.at(-1))))
  })

const logSum = ([first, ...rest]: readonly Value[]): Value => rest.reduce((total, term) => logAddExp(total, term), first!)

/** Rows and columns of the transition matrix mistaken for each other. */
export const transposedHiddenMarkov = hiddenMarkov(leavingIsAColumn)

export default hiddenMarkov(leavingIsARow)
