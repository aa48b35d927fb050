/** What commands say when no server answers, and with which code they exit. */
export function noServer(dialect, command, { host }) {
  if (dialect === 'torque') return { code: 111, stderr: `${command}: cannot connect to server ${host} (errno=111) Connection refused\n` }
  if (dialect === 'slurm')
    return { code: 1, stderr: `${command}: error: ${SLURM[command] ?? ''}Unable to contact slurm controller (connect failure)\n` }
  if (command === 'qstat') return { code: 255, stderr: `Connection refused\nqstat: cannot connect to server ${host} (errno=15010)\n` }
  if (command === 'qdel')
    return {
      code: 162,
      stderr: `Connection refused\nqdel: cannot connect to server ${host} (errno=15010)\nCouldn't connect to cluster: ${host}\n`,
    }
  return { code: 162, stderr: `Connection refused\n${command}: cannot connect to server ${host} (errno=15010)\n` }
}

const SLURM = { sbatch: 'Batch job submission failed: ', squeue: 'slurm_load_jobs error: ', scancel: 'Kill job error: ' }
