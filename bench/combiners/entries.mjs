/** What is run on every problem: all registered combiners, and some of their options. */
import plugin from '../../packages/combiners/dist/index.js'

const registered = name => plugin.combiners.find(one => one.name === name)

/** `evaluator: false` withholds the density from one that would take it; `shards`: which sub-posteriors it is given; `slow`: not for a quick look. */
const variants = [
  { after: 'auto', title: 'auto (draws only)', evaluator: false },
  { after: 'part', title: 'part (ml)', options: { cut: 'ml' }, slow: true },
  { after: 'swiss', title: 'swiss (inflated)', shards: 'inflated' },
  { after: 'barycenter', title: 'barycenter (pie)', options: { method: 'pie' } },
]

const entryOf = combiner => ({
  title: combiner.name,
  combiner,
  options: {},
  evaluator: combiner.needs.evaluator !== 'never',
  shards: combiner.subPosteriors === 'inflated' ? 'inflated' : 'fractionated',
})

export const entries = plugin.combiners.flatMap(combiner => [
  entryOf(combiner),
  ...variants.filter(({ after }) => after === combiner.name).map(({ after, ...own }) => ({ ...entryOf(registered(after)), ...own })),
])
