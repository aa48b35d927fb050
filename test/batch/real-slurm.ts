/** Whether the tests may use a real Slurm: CHORALE_TEST_SLURM=real, with SLURM_CONF set as scripts/slurm-up.sh says, run as the user who owns it. */
export const real = process.env.CHORALE_TEST_SLURM === 'real'
