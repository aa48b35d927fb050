/** Wang, Guo, Heller & Dunson (2015), Parallelizing MCMC with random partition trees, table 1. Their 40 shards had 50,000 draws each. */
export const published = [
  { title: 'PART (KD)', rmse: 0.587, klForward: 395, klBackward: 645, concentration: 3.94 },
  { title: 'PART (ML)', rmse: 1.399, klForward: 80.5, klBackward: 547, concentration: 9.17 },
  { title: 'average', rmse: 29.93, klForward: 2530, klBackward: 54_100, concentration: 184.62 },
  { title: 'weighted', rmse: 38.28, klForward: 26_000, klBackward: 253_000, concentration: 236.15 },
  { title: 'Weierstrass', rmse: 6.47, klForward: 720, klBackward: 2620, concentration: 39.96 },
  { title: 'parametric', rmse: 10.07, klForward: 2460, klBackward: 6120, concentration: 62.13 },
  { title: 'nonparametric', rmse: 25.59, klForward: 34_000, klBackward: 39_500, concentration: 157.86 },
  { title: 'semiparametric', rmse: 25.45, klForward: 20_600, klBackward: 39_000, concentration: 156.97 },
]
