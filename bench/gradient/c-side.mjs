/**
 * The C kernels as one more side: compiled when a run starts, fed with the same data by a file, timed by themselves in a loop in C.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { triangularFactor } from './triangular.mjs'

export const compiler = 'gcc'
export const flags = ['-O3', '-march=native', '-ffast-math']

/** First line of `gcc --version`, or undefined where there is no gcc. */
export const compilerVersion = () => spawnSync(compiler, ['--version'], { encoding: 'utf8' }).stdout?.split('\n')[0]

/** Compiles the kernels into a folder of their own and says where that is; `dispose` removes it. */
export function compileKernels() {
  const folder = mkdtempSync(join(tmpdir(), 'chorale-kernels-'))
  const dispose = () => rmSync(folder, { recursive: true, force: true })
  const source = fileURLToPath(new URL('kernels.c', import.meta.url))
  const { status, stderr } = spawnSync(compiler, [...flags, source, '-o', join(folder, 'kernels'), '-lm'], { encoding: 'utf8' })
  if (status !== 0) {
    dispose()
    throw new Error(`${compiler} did not compile kernels.c:\n${stderr}`)
  }
  return { folder, dispose }
}

/** What bind reads: the columns in the order of the case, or R of [X y] where sufficient statistics are used. */
function sections({ name, model, rows, columns }) {
  const all = Object.values(columns)
  return model === 'M6' && name !== 'M6rows' ? [triangularFactor(all, rows)] : all
}

/** Starts the kernel of one case, from the folder that `compileKernels` made. `check` answers `{ logDensity, gradient }`, `time` microseconds per gradient. */
export function startKernel(folder, example) {
  const { name, rows, dimension, positions } = example
  const path = join(folder, `${name}.bin`)
  const parts = [Float64Array.of(rows, dimension, positions.length), ...positions, ...sections(example)]
  writeFileSync(path, Buffer.concat(parts.map(part => new Uint8Array(part.buffer, part.byteOffset, part.byteLength))))
  const child = spawn(join(folder, 'kernels'), [name, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async question => {
    child.stdin.write(`${question}\n`)
    const { value, done } = await answers.next()
    if (done) throw new Error(`the C kernel of ${name} ended without an answer to "${question}"`)
    return value.split(' ').map(Number)
  }
  return {
    async check(position) {
      const [logDensity, ...gradient] = await ask(`check ${position}`)
      return { logDensity, gradient: Float64Array.from(gradient) }
    },
    async time(evaluations) {
      return (await ask(`time ${evaluations}`))[0]
    },
    async stop() {
      const ended = new Promise(resolve => child.once('close', resolve))
      child.stdin.end()
      await ended
      rmSync(path)
    },
  }
}
