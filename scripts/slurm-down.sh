#!/bin/sh
# Ends the Slurm that scripts/slurm-up.sh started in FOLDER, and its jobs, by the process ids that it wrote down, and waits until they are gone.
folder=${1:?usage: slurm-down.sh FOLDER}
PATH=$PATH:/usr/sbin:/sbin
SLURM_CONF=$folder/slurm.conf scancel --user="$(stat -c %U "$folder/slurm.conf")" 2>/dev/null
sleep 0.5
pids=
for daemon in slurmd-one slurmd-two slurmctld munged; do
  [ -s "$folder/$daemon.pid" ] && pids="$pids $(cat "$folder/$daemon.pid")"
done
[ -n "$pids" ] && kill $pids 2>/dev/null
tries=0
# A process that nobody has waited for yet still has its id, but no program.
for pid in $pids; do
  while [ -e "/proc/$pid/exe" ] && [ "$tries" -lt 60 ]; do
    tries=$((tries + 1))
    sleep 0.25
  done
done
exit 0
