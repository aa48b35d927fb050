/** What Son of Grid Engine 8.1.9 answers, shortened: recorded, but for arrays, which are after its manual pages. Core hands it to an adapter without the last line feed. */

const said = (stdout, stderr = '', code = 0) => ({ code, stdout, stderr })
const LIST = 'qstat -xml -u $user -s prs -g d'

const job = (number, state, name = 'cq7ab2mnd4x5', queue = '', task = '') => `    <job_list state="${queue ? 'running' : 'pending'}">
      <JB_job_number>${number}</JB_job_number>
      <JAT_prio>0.50500</JAT_prio>
      <JB_name>${name}</JB_name>
      <JB_owner>alice</JB_owner>
      <state>${state}</state>
      <JB_submission_time>2026-11-23T17:19:16</JB_submission_time>
      <queue_name>${queue}</queue_name>
      <slots>1</slots>
${task && `      <tasks>${task}</tasks>\n`}    </job_list>
`
const jobs = (running = '', pending = '') =>
  said(`<?xml version='1.0'?>
<job_info  xmlns:xsd="http://arc.liv.ac.uk/repos/darcs/sge/source/dist/util/resources/schemas/qstat/qstat.xsd">
  <queue_info>
${running}  </queue_info>
  <job_info>
${pending}  </job_info>
</job_info>`)

const account = (number, failed, status, seconds, task = 'undefined') =>
  said(`==============================================================
qname        all.q
hostname     node1
owner        alice
project      NONE
jobname      cq7ab2mnd4x5
jobnumber    ${number}
taskid       ${task}
account      sge
granted_pe   NONE
slots        1
failed       ${failed}
exit_status  ${status}
ru_wallclock ${seconds}s
ru_utime     0.006s
maxvmem      4.617MB
category     NONE`)
const notFound = number => said('', `error: job id ${number} not found`, 1)

export const recordings = {
  identify: {
    'qstat -help': said('SGE 8.1.9\nusage: qstat [options]'),
    [LIST]: jobs(),
    'qconf -sconf': said('#global:\nmax_aj_instances             2000\nmax_aj_tasks                 1000'),
  },
  silent: said(
    '',
    'error: commlib error: got select error (Connection refused)\nerror: unable to send message to qmaster using port 6444 on host "master": got send error',
    1,
  ),
  submissions: [
    { answer: said('4'), kind: 'accepted', job: '4' },
    { answer: said('12.1-3:1'), kind: 'accepted', job: '12' },
    {
      answer: said('', 'Unable to run job: Job was rejected because job requests unknown queue "nope"\nExiting.', 1),
      kind: 'refused',
      transient: false,
    },
    {
      answer: said('', 'Unable to run job: job rejected: the requested project "nope" does not exist\nExiting.', 1),
      kind: 'refused',
      transient: false,
    },
    {
      answer: said(
        '',
        'error: commlib error: got select error (Connection refused)\nUnable to run job: unable to send message to qmaster using port 6444 on host "master": got send error\nExiting.',
        1,
      ),
      kind: 'refused',
      transient: true,
    },
    { answer: said('', 'error: commlib error: got read error (closing "master/qmaster/1")\nUnable to run job', 1), kind: 'unclear' },
  ],
  looks: [
    {
      detail: 'live',
      answers: [
        jobs(
          job(5, 'r', 'two', 'all.q@node1') + job(7, 'dr', 'two', 'all.q@node1'),
          job(8, 'qw') + job(6, 'hqw') + job(14, 'Eqw') + job(15, 'Zz'),
        ),
      ],
      views: [
        { job: '5', state: 'running' },
        { job: '7', state: 'ending' },
        { job: '8', state: 'waiting' },
        { job: '6', state: 'held' },
        { job: '14', state: 'waiting', neverRuns: true },
        { job: '15', state: 'unknown' },
      ],
    },
    {
      detail: 'ends',
      answers: [
        jobs(),
        account(3, '0    ', '0', 4),
        account(4, '0    ', '7', 4),
        account(7, '37  : qmaster enforced h_rt, h_cpu, or h_vmem limit', '137                  (Killed)', 6),
        account(5, '100 : assumedly after job', '137                  (Killed)', 15),
        account(16, '26  : opening output file', '0', 0),
        notFound(9),
      ],
      views: [
        { job: '3', state: 'ended', cause: 'completed', exitCode: 0 },
        { job: '4', state: 'ended', cause: 'exit', exitCode: 7 },
        { job: '7', state: 'ended', cause: 'walltime' },
        { job: '5', state: 'ended', cause: 'unknown' },
        { job: '16', state: 'ended', cause: 'never-ran' },
      ],
    },
    // Elements of an array, of which one ran twice.
    {
      detail: 'ends',
      answers: [
        jobs(job(12, 'r', 'cq7ab2mnd4x5', 'all.q@node1', '1'), job(12, 'hqw', 'cq7ab2mnd4x5', '', '4')),
        said(
          [account(12, '0    ', '7', 4, '2'), account(12, '25  : rescheduling', '0', 4, '3'), account(12, '0    ', '0', 4, '3')]
            .map(({ stdout }) => stdout)
            .join('\n'),
        ),
      ],
      views: [
        { job: '12', index: 1, state: 'running' },
        { job: '12', index: 2, state: 'ended', cause: 'exit', exitCode: 7 },
        { job: '12', index: 3, state: 'ended', cause: 'completed' },
        { job: '12', index: 4, state: 'held' },
      ],
    },
    // It was scheduled again after it had been accounted for.
    {
      detail: 'ends',
      answers: [jobs('', job(4, 'Rq')), account(4, '25  : rescheduling', '0', 4)],
      views: [{ job: '4', state: 'waiting' }],
    },
  ],
  finds: [
    { name: 'cq7ab2mnd4x5', answers: [jobs(job(5, 'r', 'cq7ab2mnd4x56', 'all.q@node1'), job(8, 'qw'))], jobs: ['8'] },
    {
      name: 'cq7ab2mnd4x5',
      answers: [jobs(job(12, 'r', 'cq7ab2mnd4x5', 'all.q@node1', '1'), job(12, 'qw', 'cq7ab2mnd4x5', '', '2'))],
      jobs: ['12'],
    },
    { name: 'cq7ab2mnd4x5', answers: [jobs()], jobs: [] },
  ],
  removals: [
    { answer: said('alice has registered the job 5 for deletion'), accepted: true },
    { answer: said('job 5 is already in deletion'), accepted: true },
    { answer: said('alice has registered the job-array task 12.3 for deletion'), accepted: true },
    { answer: said('alice has registered the job 5 for deletion\ndenied: job "999" does not exist', '', 1), accepted: true },
    { answer: said('denied: you do not have the necessary privileges to delete the job "5"', '', 1), accepted: false, transient: false },
  ],
  // qstat cannot be asked for the states of single jobs.
  looksAt: 'user',
}
