import { execFile } from 'node:child_process'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Variables that would tell a package manager, started by a package manager that started the tests, to work in our workspace; and those of the tests. */
const ABOUT_US = /^(npm_(package_|lifecycle_|config_local_prefix|command|execpath)|pnpm_|init_cwd|node_(env|path|options)|vitest|chorale_)/i

/** `npm test` keeps them from all other processes of the tests. */
const { CHORALE_TEST_CA_CERTS: certificates } = process.env

const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ABOUT_US.test(name))),
  ...(certificates === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificates }),
}

/** Runs a program to its end, as a user would in that folder. */
export const execute = (folder: string, command: string, args: readonly string[]): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const options = { cwd: folder, env: environment, maxBuffer: 1 << 26, shell: process.platform === 'win32' }
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr })
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr })
      else reject(error)
    }).stdin?.end()
  })

/** As `execute`; a failure is an error with what the program said. */
export async function succeed(folder: string, command: string, args: readonly string[]): Promise<Ended> {
  const ended = await execute(folder, command, args)
  if (ended.code === 0) return ended
  throw new Error(`${[command, ...args].join(' ')} ended with ${ended.code}\n${ended.stdout}${ended.stderr}`)
}

const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|ERR_PNPM_META_FETCH_FAIL|ENOTCACHED/

/** Why a package manager could not get what is not ours, if that is what it says: no network, and not everything is cached. */
export function unreachableRegistry(said: string): string | undefined {
  const [reason] = UNREACHABLE.exec(said) ?? []
  return reason === undefined ? undefined : `the package registry cannot be reached (${reason}), and not everything is cached`
}
