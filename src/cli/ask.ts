import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'

/** Lines of a pipe, which several questions read one after the other. */
let lines: AsyncIterator<string> | undefined

/**
 * Asks on stderr and waits for a line on stdin; undefined when there is none any more. What is typed to a secret question is not shown.
 * Answers can also come through a pipe, one a line.
 */
export async function ask(question: string, secret = false): Promise<string | undefined> {
  if (process.stdin.isTTY) return askPerson(question, secret)
  lines ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  const { value, done } = await lines.next()
  return done === true ? undefined : value
}

async function askPerson(question: string, secret: boolean): Promise<string | undefined> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  if (secret) process.stderr.write(question)
  const reader = createInterface({
    input: process.stdin,
    output: secret ? nowhere : process.stderr,
    terminal: true,
    historySize: 0,
  })
  try {
    return await answerTo(reader, secret ? '' : question)
  } finally {
    reader.close()
    if (secret) process.stderr.write('\n')
  }
}

function answerTo(reader: Interface, question: string): Promise<string | undefined> {
  return new Promise(resolve => {
    reader.on('close', () => resolve(undefined))
    reader.on('SIGINT', () => {
      resolve(undefined)
      process.kill(process.pid, 'SIGINT')
    })
    reader.question(question, resolve)
  })
}
