/** What PBS tells of one job, array or element: attributes by name, those of lists as `Resource_List.walltime`. All values are text, whatever their type. */
export interface PbsRecord {
  /** With the server: `12[3].pbshost`. */
  readonly id: string
  readonly attributes: ReadonlyMap<string, string>
}

/** What an answer held. */
export interface PbsRecords {
  readonly records: readonly PbsRecord[]
  /** Whether the answer is known to be whole. */
  readonly whole: boolean
}
