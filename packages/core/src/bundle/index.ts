export * from './bundle-job.js'
export * from './model-shape.js'
export { loadJob, runTaskFromBundle, type Job } from '../job/load-job.js'
