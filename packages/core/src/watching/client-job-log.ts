import { join } from 'node:path'

import { submissionOfClient } from '../batch/client/client-job.js'
import { readClientReports, type ClientReport } from '../batch/client/client-report.js'
import { jobLog, outputFolder } from '../batch/job-files.js'
import { readSubmissions } from '../batch/submission/submission-records.js'
import { GrowingFile } from '../log/growing-file.js'
import { logText, timeText } from '../log/log-text.js'
import type { LogLine } from './log-line.js'

/** What a job that is a client of the run has printed, and what it says of its beginning and end. */
export class ClientJobLog {
  readonly #run: string
  readonly #number: number
  readonly #files: readonly { readonly name: string; readonly file: GrowingFile }[]
  #told = 0
  #over = false

  private constructor(run: string, number: number, jobName: string) {
    this.#run = run
    this.#number = number
    const paths = [jobLog(run, jobName, 0), join(outputFolder(run), `${jobName}.0.out`)]
    this.#files = paths.map(path => ({ name: path.slice(path.lastIndexOf('/') + 1), file: new GrowingFile(path) }))
  }

  /** undefined where the name is not that of a client job of the run. */
  static async of(run: string, name: string): Promise<ClientJobLog | undefined> {
    const number = submissionOfClient(name)
    const submission = number === undefined ? undefined : (await readSubmissions(run)).find(one => one.number === number)
    return submission?.intent.client ? new ClientJobLog(run, submission.number, submission.intent.name) : undefined
  }

  /** Its last word was told: nothing comes any more. */
  get hasEnded(): boolean {
    return this.#over
  }

  async *news(): AsyncGenerator<LogLine> {
    const reports = await readClientReports(this.#run, this.#number)
    if (this.#told === 0 && reports[0]) yield this.#say(reports[this.#told++]!)
    for (const { name, file } of this.#files) for await (const line of file.lines()) yield { attempt: 0, file: name, text: logText(line) }
    while (this.#told < reports.length) yield this.#say(reports[this.#told++]!)
  }

  *rest(): Generator<LogLine> {
    for (const { name, file } of this.#files) if (file.rest() !== '') yield { attempt: 0, file: name, text: logText(file.rest()) }
  }

  #say({ status, words, job, host, pid, at }: ClientReport): LogLine {
    this.#over = status !== 'began'
    const text = status === 'began' ? `began ${timeText(at)} on ${host}, process ${pid}, job ${job}` : `${status} ${timeText(at)}: ${words}`
    return { attempt: 0, file: '', text: logText(text) }
  }
}
