import { tableMarkup } from '../data-table.js'
import { html, type Markup } from '../markup.js'
import { countText } from '../number-text.js'
import type { ReportContext } from '../report-context.js'

/** Letters of a digest that tell plugins apart. */
const SHORT_DIGEST = 12
/** Come with the package `chorale`. */
const INCLUDED = new Set(['backend-cpu', 'backend-workers', 'backend-pjit', 'combiners', 'data', 'sampler'].map(name => `@chorale/${name}`))

const isPackage = (name: string): boolean => /^(?:@[\w.-]+\/)?[\w-][\w.-]*$/.test(name)

/** A seed that was drawn stands in the record of the run, not in its settings. */
function withSeed(settings: unknown, seed: number): unknown {
  const { sampling, ...others } = settings as Readonly<Record<string, unknown>>
  return typeof sampling === 'object' && sampling !== null ? { ...others, sampling: { ...sampling, seed } } : settings
}

/** Settings, versions and commands that give this run again. */
export function reproduceSection({ run }: ReportContext): Markup | undefined {
  const { record } = run
  if (!record) return undefined
  const { versions, plan, data, seed, code, plugins, kernels } = record
  const facts: readonly (readonly [string, string])[] = [
    ['started', new Date(record.createdAt).toISOString()],
    ['Chorale', versions.chorale],
    ['Node', `${versions.node} (V8 ${versions.v8}, ${versions.platform} ${versions.arch})`],
    ['seed', String(seed)],
    ['sampler', plan.sampler.name],
    ['backend', plan.backend],
    ['combiner', run.summary?.combiner ?? plan.combiner],
    ['shards, chains of each', `${plan.shards.length}, ${plan.chains}`],
    ['warm-up, draws of each chain', `${countText(plan.sampling.warmup)}, ${countText(plan.sampling.draws)}`],
    ['rows', `${countText(data.rows.used)} of ${countText(data.rows.total)}`],
    ['data', `SHA-256 of the shards ${data.fingerprint}`],
    ['model', code ? `SHA-256 of its bundle ${code.digest}` : 'an object of the program that started the run'],
    ...kernels.map(({ site, kernel, reason }) => [`likelihood of ${site}`, `${kernel}: ${reason}`] as const),
    ...plugins.map(({ name, version, digest }) => [name, `${version} (${digest.slice(0, SHORT_DIGEST)})`] as const),
  ]
  const packages = [...new Set(['chorale', '@chorale/report', ...plugins.map(({ name }) => name)])]
    .filter(name => !INCLUDED.has(name) && isPackage(name))
    .map(name => `${name}@${plugins.find(plugin => plugin.name === name)?.version || versions.chorale}`)
  return html`<section aria-labelledby="reproduce">
    <h2 id="reproduce">To get this run again</h2>
    <p>
      The same seed, model, data, settings and version of Node on the same kind of processor give the same draws, on any backend. Save the
      settings below as
      <code>chorale.config.json</code> where the model and the data are, then:
    </p>
    <pre tabindex="0"><code>npm install ${packages.join(' ')}
npx chorale ${run.mode ? 'optimize' : 'run'}
npx chorale report latest</code></pre>
    ${tableMarkup({ caption: 'The run', columns: ['what', 'which'], rows: facts }, 'words')}
    <details>
      <summary>Settings, all of them</summary>
      <pre tabindex="0"><code>${JSON.stringify(withSeed(record.settings, seed), undefined, 2)}</code></pre>
    </details>
  </section>`
}
