export * from './begun-bundle.js'
export * from './bundle-job.js'
export * from './model-shape.js'
export { loadJob, runTaskFromBundle } from '../job/load-job.js'
