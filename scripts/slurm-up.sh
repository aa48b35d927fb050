#!/bin/sh
# A Slurm for tests, on loopback only, all of whose daemons run as the user who starts it: two nodes on this machine, one for each of its partitions. `batch` is
# the default; `spare` is there to be taken down.
# Usage: scripts/slurm-up.sh FOLDER     (an empty or missing folder; not below a path with blanks)
# Prints the SLURM_CONF that its commands need. scripts/slurm-down.sh FOLDER ends it.
# Debian packages: slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge. As root it makes itself the user given in SLURM_TEST_USER.
set -eu
folder=${1:?usage: slurm-up.sh FOLDER}
here=$(dirname "$0")
for command in munged slurmctld slurmd sbatch squeue scontrol scancel sinfo; do
  PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null || { echo "slurm-up: $command is not installed" >&2; exit 69; }
done
PATH=$PATH:/usr/sbin:/sbin
if [ "$(id -u)" = 0 ]; then
  user=${SLURM_TEST_USER:?as root, set SLURM_TEST_USER to the normal user who is to own the daemons}
  mkdir -p "$folder"
  chown "$user" "$folder"
  exec setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups env HOME="$folder" USER="$user" sh "$here/slurm-up.sh" "$folder"
fi
user=$(id -un)
host=$(hostname -s)
mkdir -p "$folder/state" "$folder/spool/one" "$folder/spool/two"
chmod 0755 "$folder"
cd "$folder"
folder=$(pwd)
# A port that nobody listens on now; the daemons of the nodes take the next ones.
port=${SLURM_TEST_PORT:-$((20000 + $$ % 20000))}

dd if=/dev/urandom of=munge.key bs=128 count=1 status=none
chmod 0600 munge.key
munged --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
  --log-file="$folder/munged.log" --seed-file="$folder/munge.seed" --force >/dev/null 2>&1

cat >slurm.conf <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort=$port
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobAcctGatherParams=OverMemoryKill
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
MaxArraySize=1001
MaxJobCount=20000
MinJobAge=${SLURM_TEST_MIN_JOB_AGE:-300}
KillWait=5
SlurmdTimeout=30
InactiveLimit=0
OverTimeLimit=0
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=100
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SlurmdParameters=config_overrides
NodeName=one,two NodeAddr=127.0.0.1 NodeHostname=$host Port=$((port + 1)),$((port + 2)) CPUs=${SLURM_TEST_CPUS:-4} RealMemory=${SLURM_TEST_MEMORY_MB:-8000} State=UNKNOWN
PartitionName=batch Nodes=one Default=YES MaxTime=INFINITE DefaultTime=60 State=UP
PartitionName=spare Nodes=two MaxTime=INFINITE DefaultTime=60 State=UP
CONF

SLURM_CONF=$folder/slurm.conf
export SLURM_CONF
slurmctld >/dev/null 2>&1
slurmd -N one >/dev/null 2>&1
slurmd -N two >/dev/null 2>&1
tries=0
while [ "$tries" -lt 80 ]; do
  case $(sinfo -h -o %T 2>/dev/null | sort -u | tr '\n' ' ') in
    'idle ')
      echo "SLURM_CONF=$SLURM_CONF"
      exit 0
      ;;
  esac
  tries=$((tries + 1))
  sleep 0.25
done
echo "slurm-up: the nodes did not come up; the logs end with:" >&2
tail -n 10 slurmctld.log >&2
sh "$here/slurm-down.sh" "$folder"
exit 1
