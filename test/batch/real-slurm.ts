/** Whether the tests may use a real Slurm: CHORALE_TEST_SLURM=real, with SLURM_CONF set as scripts/slurm-up.sh says, run as the user who owns it. */
export const real = process.env.CHORALE_TEST_SLURM === 'real'

/** A node, with a partition of its own, that a test may take down: scripts/slurm-up.sh. Jobs of other tests are not on it. */
export const SPARE = { node: 'two', partition: 'spare' } as const
