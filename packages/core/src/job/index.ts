export * from './execute-task.js'
export * from './find-sampler.js'
export * from './load-job.js'
