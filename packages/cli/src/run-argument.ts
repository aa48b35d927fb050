/** What is said of the argument that names a run. */
export const A_RUN = 'path or id of a run, or latest: the newest in ./runs'
export const A_RUN_OR_LATEST = 'path or id of a run; default: latest, the newest in ./runs'
