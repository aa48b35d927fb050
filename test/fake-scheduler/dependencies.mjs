/** `ready`, `waiting`, or `never` with the job whose end decided that. Arrays are judged as each scheduler judges them. */
export function dependencyState(state, job, element) {
  for (const { type, on } of job.depend) {
    for (const id of on) {
      const parent = state.jobs().find(candidate => candidate.id === id || candidate.seq === Number(/^\d+/.exec(id)?.[0]))
      const verdict = parent ? judge(type, parent, element) : 'never'
      if (verdict !== 'ready') return { verdict, on: id }
    }
  }
  return { verdict: 'ready' }
}

function judge(type, parent, element) {
  const torqueArray = parent.dialect === 'torque' && parent.array
  // A job waits for ever for an array that was named as if it were a job.
  if (torqueArray && !type.endsWith('array')) return 'waiting'
  const kind = type.replace(/array$/, '')
  const watched = kind === 'aftercorr' && parent.array ? parent.elements.filter(({ index }) => index === element.index) : parent.elements
  if (kind === 'after') return watched.some(({ stime }) => stime !== undefined) ? 'ready' : 'waiting'
  if (!watched.every(({ state }) => state === 'F')) return 'waiting'
  if (kind === 'afterany') return 'ready'
  const failed = watched.some(({ exitStatus, ended }) => ended.neverRan || exitStatus !== 0)
  // OpenPBS asks the array as a whole, whose exit status is 0 though elements failed, and 1 after it was deleted.
  const counts = parent.dialect === 'openpbs' && parent.array ? parent.elements.some(({ ended }) => ended.cause === 'deleted') : failed
  if (kind === 'afternotok') return counts ? 'ready' : 'never'
  return counts ? 'never' : 'ready'
}
