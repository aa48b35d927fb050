export const main = () => ({ code: 1, stderr: 'Slurm accounting storage is disabled\n' })
