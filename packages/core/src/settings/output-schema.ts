import { count, name, size } from './scalar-schemas.js'
import { onFirstUse } from '../zod.js'

/** As schedulers write times; minutes and seconds alone are not one. */
const DURATION_PATTERN = /^(?:\d+|(?:\d+-)?\d+:[0-5]?\d:[0-5]?\d)$/

export const output = onFirstUse(z =>
  z
    .strictObject({
      directory: name().default('runs').describe('Folder of the run directories, relative to the settings file.'),
      mode: z
        .enum(['private', 'group'])
        .default('private')
        .describe('Who may read a run directory: its owner (0700), or also the group (0750).'),
      combine: z
        .enum(['driver', 'job'])
        .default('driver')
        .describe(
          'Who combines a run after `run --detach`: the `driver`, which is the next client that attaches, or a `job` that the scheduler starts when all jobs of the run have ended (batch backends only).',
        ),
      jobQueue: name()
        .optional()
        .describe(
          'Queue or partition of the job that combines (`combine: job`) or drives (`--driver-job`), where that of the other jobs is not meant for it. Default: that of the other jobs.',
        ),
      jobAccount: name().optional().describe('Account that this job is charged to. Default: that of the other jobs.'),
      jobWalltime: z
        .union([count(1), z.string().regex(DURATION_PATTERN).describe('time such as 02:30:00')])
        .optional()
        .describe('Walltime of this job: HH:MM:SS, D-HH:MM:SS or seconds. Default: that of the other jobs.'),
      jobMemory: size()
        .optional()
        .describe('Memory of this job, as a size or in bytes. Default: what combining the run is estimated to need, and a quarter more.'),
      logLikelihood: z
        .boolean()
        .default(false)
        .describe(
          'Record the log likelihood of each row at draws of the posterior when the run ends, for LOO: draws x rows numbers. `chorale predict` does it afterwards.',
        ),
      predictive: z
        .boolean()
        .default(false)
        .describe('Record data simulated from the model at draws of the posterior when the run ends, for posterior predictive checks.'),
      predictionDraws: count(1)
        .optional()
        .describe(
          'Draws at which these are computed, evenly spaced. Default: all of the posterior, which with local parameters are those that have them.',
        ),
      predictionSpace: size()
        .optional()
        .describe('What either may take on the disk, as a size or in bytes; beyond it the run is refused before it begins. Default: 4GB.'),
    })
    .prefault({})
    .describe('Where results go.'),
)
