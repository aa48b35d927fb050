import { describe, expect, test } from 'vitest'

import { systemExec, type ExecOptions } from '../src/exec.js'
import { folderWith } from './folders.js'

const OPTIONS: ExecOptions = { env: { PATH: process.env['PATH']! }, timeoutMs: 10_000 }

const sh = (script: string, options: Partial<ExecOptions> = {}) => systemExec(['sh', '-c', script], { ...OPTIONS, ...options })

describe('a command', () => {
  test('resolves with its exit code and both outputs, whatever the code', async () => {
    expect(await sh('echo out; echo err >&2; exit 3')).toEqual({ code: 3, stdout: 'out', stderr: 'err' })
    expect(await sh('exit 0')).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('gets its arguments as they are, never through a shell', async () => {
    const nasty = '$(touch /tmp/chorale-injected); `id` "q" * \n'
    expect((await systemExec(['printf', '%s|', nasty, 'b c'], OPTIONS)).stdout).toBe(`${nasty}|b c|`)
  })

  test('that does not exist is code 127, and says so', async () => {
    const { code, stderr } = await systemExec(['chorale-no-such-command'], OPTIONS)
    expect(code).toBe(127)
    expect(stderr).toContain('chorale-no-such-command')
  })

  test('that may not be executed is code 126', async () => {
    const folder = await folderWith({ 'script.sh': '#!/bin/sh\n' })
    expect((await systemExec([`${folder}/script.sh`], OPTIONS)).code).toBe(126)
  })

  test('that dies of a signal is 128 + its number', async () => {
    expect((await sh('kill -9 $$')).code).toBe(137)
    expect((await sh('kill -15 $$')).code).toBe(143)
  })

  test('is looked up on the PATH that it is given, not on ours', async () => {
    expect((await systemExec(['ls'], { ...OPTIONS, env: { PATH: '/nowhere' } })).code).toBe(127)
  })

  test('inherits nothing of our environment', async () => {
    process.env['CHORALE_TEST_SECRET'] = 'secret'
    const { stdout } = await sh('env', { env: { PATH: OPTIONS.env['PATH']!, ONLY: 'this' } })
    delete process.env['CHORALE_TEST_SECRET']
    expect(stdout).not.toContain('secret')
    expect(stdout).toContain('ONLY=this')
  })

  test('runs in the folder that it is given', async () => {
    const folder = await folderWith({})
    expect((await sh('pwd', { cwd: folder })).stdout).toBe(folder)
  })

  test('has no standard input to wait for', async () => {
    expect((await sh('cat; echo done')).stdout).toBe('done')
  })

  test('reads the file that it is given as standard input', async () => {
    const folder = await folderWith({ 'script.sh': 'echo "from the file"\n' })
    expect(await systemExec(['sh'], { ...OPTIONS, input: `${folder}/script.sh` })).toEqual({ code: 0, stdout: 'from the file', stderr: '' })
    await expect(systemExec(['sh'], { ...OPTIONS, input: `${folder}/none.sh` })).rejects.toThrow('ENOENT')
  })

  test('leads a process group and session of its own, so that Ctrl-C at our terminal does not reach it', async () => {
    const { stdout } = await sh('echo $$; ps -o pgid= -o sid= -p $$')
    const [pid, group, session] = stdout.trim().split(/\s+/)
    expect(group).toBe(pid)
    expect(session).toBe(pid)
  })
})

describe('a command that gives no answer in time', () => {
  test('is killed: code 124, with what it had said', async () => {
    const began = performance.now()
    const { code, stdout, stderr } = await sh('echo begun; exec sleep 30', { timeoutMs: 200 })
    expect({ code, stdout, stderr }).toEqual({ code: 124, stdout: 'begun', stderr: 'sh gave no answer within 0.2 s' })
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  test('does not keep us waiting through a child that holds its output, nor through a deaf ear', async () => {
    const began = performance.now()
    const { code } = await sh('trap "" TERM; sleep 30 & sleep 30; true', { timeoutMs: 200 })
    expect(code).toBe(124)
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})
