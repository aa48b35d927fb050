import { functionGroups } from './function-groups.js'
import { code, markdownTable } from './markdown.js'

const opening = `# Functions

Generated from the code. Functions of the modelling language work on values of the model: columns, parameters, and what is computed from them. An operand is a
value or a plain number; \`value([1, 2, 3])\` and \`value([[1, 0], [0, 1]])\` make constants. Arithmetic goes element by element, and plates are matched by
name. Every function has a gradient; that of \`floor\` and of comparisons is 0. How they are used: [modelling](modelling.md).

Methods of a value, \`x\`: \`x.add(y)\`, \`x.sub(y)\`, \`x.mul(y)\`, \`x.div(y)\`, \`x.neg()\`, \`x.square()\`, \`x.pow(y)\`, \`x.sum()\`, \`x.mean()\`, \`x.dot(y)\`,
\`x.at(position)\`, \`x.slice(start, end)\`, and \`x.length\`.`

/** What other systems call some functions; the rest have the same name, or the one of NumPy. */
const otherNames: readonly (readonly [name: string, stan: string, numpyro: string, pymc: string])[] = [
  ['inverseLogit', 'inv_logit', 'expit', 'pm.math.sigmoid'],
  ['logit', 'logit', 'logit', 'pm.math.logit'],
  ['softplus', 'log1p_exp', 'softplus', 'pm.math.log1pexp'],
  ['normalCdf', 'Phi', 'norm.cdf', 'pm.math.invprobit'],
  ['logAddExp', 'log_sum_exp', 'logaddexp', 'pm.math.logaddexp'],
  ['logSumExp', 'log_sum_exp', 'logsumexp', 'pm.math.logsumexp'],
  ['select', '? :', 'where', 'pm.math.switch'],
  ['matMul', '*', '@', '@'],
  ['cholesky', 'cholesky_decompose', 'cholesky', 'cholesky'],
  ['solveLower', 'mdivide_left_tri_low', 'solve_triangular', 'solve_triangular'],
  ['quadraticForm', 'quad_form', 'x @ P @ x', 'x @ P @ x'],
  ['scan', 'for', 'lax.scan', 'pytensor.scan'],
  ['gather', 'x[i]', 'x[i]', 'x[i]'],
  ['scaleRows', 'diag_pre_multiply', 'x[:, None] * a', 'x[:, None] * a'],
]

/** docs/functions.md: every function of the language, and what others call it. */
export function functionsMarkdown(): string {
  const sections = functionGroups.map(({ title, functions }) =>
    [
      `## ${title}`,
      markdownTable(
        ['function', 'gives'],
        functions.map(({ signature, summary }) => [code(signature), plain(summary)]),
      ),
    ].join('\n\n'),
  )
  const names = markdownTable(
    ['Chorale', 'Stan', 'NumPyro (JAX)', 'PyMC'],
    otherNames.map(line => line.map(code)),
  )
  return `${[opening, ...sections, '## Names in other systems', names].join('\n\n')}\n`
}

/** Signs that Markdown would read as markup. */
const plain = (summary: string): string => summary.replaceAll('<', '&lt;').replaceAll('*', '\\*')
