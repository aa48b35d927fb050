/** What real servers printed: OpenPBS 23.06.06 and TORQUE 6.1.3. */

export const OPENPBS_TABLE = `Job id            Name             User              Time Use S Queue
----------------  ---------------- ----------------  -------- - -----
1[].pbshost       mcmc             alice                    0 B workq           
1[3].pbshost      mcmc             alice                    0 Q workq           
2.pbshost         one              alice             00:00:00 R workq           `

export const OPENPBS_JSON = `{"timestamp":1795350635,"pbs_version":"23.06.06","pbs_server":"pbshost",
 "Jobs":{"2.pbshost":{"Job_Name":"one","Job_Owner":"alice@pbshost",
  "resources_used":{"cpupercent":0,"cput":"00:00:00","mem":"0kb","ncpus":1,"vmem":"0kb","walltime":"00:00:00"},
  "job_state":"R","queue":"workq","server":"pbshost","ctime":"Sun Nov 22 12:30:30 2026","exec_host":"pbshost/3",
  "Error_Path":"localhost:/home/alice/p2/one.err","Priority":0,"session_id":6788,"substate":42,
  "Resource_List":{"mem":"200mb","ncpus":1,"nodect":1,"place":"free","select":"1:ncpus=1:mem=200mb","walltime":"00:01:00"},
  "Variable_List":{"PBS_O_HOME":"/home/alice","FOO":1,"BAR":"a b","PBS_O_HOST":"pbshost"},
  "comment":"Job run at Sun Nov 22 at 12:30 on (pbshost:ncpus=1:mem=204800kb)","run_count":1,"project":"_pbs_project_default"}}}`

export const TORQUE_TABLE = `Job ID                    Name             User            Time Use S Queue
------------------------- ---------------- --------------- -------- - -----
0[].vm                     mcmc             alice                  0 R batch`

/** Attributes of an ended job as `qstat -x -f -w` prints them. */
export const endedText = (id: string, attributes: Readonly<Record<string, string | number>>): string =>
  [`Job Id: ${id}`, ...Object.entries({ job_state: 'F', ...attributes }).map(([name, value]) => `    ${name} = ${value}`), '', ''].join(
    '\n',
  )

export const endedXml = (id: string, attributes: Readonly<Record<string, string | number>>): string =>
  `<?xml version="1.0"?>\n<Data><Job><Job_Id>${id}</Job_Id>${Object.entries({ job_state: 'C', ...attributes })
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('')}</Job></Data>`

export const OPENPBS_FACTS = {
  scheduler: 'OpenPBS',
  dialect: 'openpbs',
  version: '23.06.06',
  arrays: { least: 2, most: 10_000, throttle: true },
  historySeconds: 1_209_600,
  notes: [],
  details: { server: 'pbshost' },
} as const

export const TORQUE_FACTS = {
  scheduler: 'TORQUE',
  dialect: 'torque',
  version: '6.1.3.h5',
  arrays: { least: 1, most: 10_000, throttle: true },
  historySeconds: 300,
  notes: [],
  details: { server: 'vm' },
} as const

export const answered = (
  stdout: string,
  code = 0,
  stderr = '',
): { readonly code: number; readonly stdout: string; readonly stderr: string } => ({
  code,
  stdout: stdout.replace(/\n$/, ''),
  stderr: stderr.replace(/\n$/, ''),
})
