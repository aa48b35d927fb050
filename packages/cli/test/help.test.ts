import { expect, test } from 'vitest'

import { chorale } from './commands/chorale.js'

test('every command is in a group of the help, on a line of its own', async () => {
  const { code, stdout } = await chorale('--help')
  expect(code).toBe(0)
  expect(stdout).not.toMatch(/^Commands:/m)
  expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80)
  const commands = stdout.split('\n').filter(line => /^ {2}[a-z]/.test(line))
  expect(commands).toHaveLength(22)
  for (const line of commands) expect(line).toMatch(/^ {2}\S.* {2}\S/)
  expect(stdout).not.toMatch(/^ {10,}\S/m)
})

test.each([
  [['help', 'run'], 0],
  [['run', '--help'], 0],
])('%j says what run takes', async (args, expected) => {
  const { code, stdout } = await chorale(...args)
  expect({ code, usage: stdout.split('\n')[0] }).toEqual({ code: expected, usage: 'Usage: chorale run [options]' })
})

test.each([[['rnu']], [['help', 'rnu']]])('%j: a command that does not exist is refused, and the nearest one is named', async args => {
  const { code, stdout, stderr } = await chorale(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/unknown command 'rnu'\n\(Did you mean run\?\)\n\(chorale --help shows the commands\)/)
})

test('an option that does not exist points at the help of its command', async () => {
  const { code, stderr } = await chorale('model', 'inspect', 'model.js', '--jsn')
  expect(code).toBe(2)
  expect(stderr).toMatch(/unknown option '--jsn'\n\(Did you mean --json\?\)\n\(chorale model inspect --help shows what it takes\)/)
})
