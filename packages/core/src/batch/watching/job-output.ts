import { readFile } from 'node:fs/promises'
import { jobLog, outputFolder } from '../job-files.js'

const LAST_LINES = 20

/** What an element of a job printed last, on either way: into our own file, or into the scheduler's. */
export async function lastLinesOf(run: string, name: string, index: number): Promise<readonly string[]> {
  const files = [jobLog(run, name, index), `${outputFolder(run)}/${name}.${index}.out`]
  const texts = await Promise.all(files.map(file => readFile(file, 'utf8').catch(() => '')))
  return texts
    .join('\n')
    .split('\n')
    .map(line => printable(line))
    .filter(line => line !== '')
    .slice(-LAST_LINES)
}

// eslint-disable-next-line no-control-regex -- what a job printed must not steer a terminal
const printable = (line: string): string => line.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, ' ').trim()
