import { expect, test } from 'vitest'

import { logText } from '../../src/log/log-text.js'

test.each([
  ['a line of text', 'a line of text'],
  ['{"level":30,"time":"2026-11-23T12:00:00.000Z","msg":"plan","shards":3}', '2026-11-23T12:00:00.000Z info  plan shards=3'],
  ['{"level":"warn","at":0,"line":"slow","task":"sample-0000-0"}', '1970-01-01T00:00:00.000Z warn  slow task=sample-0000-0'],
  ['{"msg":"two\\nlines"}', 'two lines'],
  ['{"msg":', '{"msg":'],
  ['{"at":1e400,"msg":"no such time"}', 'no such time'],
])('%s', (line, text) => expect(logText(line)).toBe(text))

test('what could move a cursor, or title a window, is taken out of text and of fields', () => {
  const hostile = '\u001b]0;title\u0007\u001b[2J\u009b31m\r'
  expect(logText(`${hostile}text`)).toBe(']0;title[2J31mtext')
  expect(logText(JSON.stringify({ msg: hostile, field: hostile }))).toBe(']0;title[2J31m field=]0;title[2J31m')
})
