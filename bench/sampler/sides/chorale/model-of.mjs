/** Chorale's model of a posterior: of ../../gradient/models.mjs, or of the repository's tests for those of posteriordb. */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { models } from '../../../gradient/models.mjs'

const root = new URL('../../../../', import.meta.url)

/** The models of the tests are TypeScript, and name the modelling language as a package. */
async function importModel(name) {
  const require = createRequire(new URL('examples/flights/package.json', root))
  const { createJiti } = require('jiti')
  const alias = { '@chorale/model': fileURLToPath(new URL('packages/model/dist/index.js', root)) }
  const jiti = createJiti(fileURLToPath(root), { fsCache: false, moduleCache: false, alias })
  return await jiti.import(fileURLToPath(new URL(`test/models/posteriordb/${name}.ts`, root)), { default: true })
}

export const modelOf = async posterior => (posterior.family === 'benchmark' ? models[posterior.name]() : await importModel(posterior.model))
