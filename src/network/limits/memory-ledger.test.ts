import { expect, test } from 'vitest'
import { MemoryLedger } from './memory-ledger.ts'

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('beyond the limit the connection that holds the most is given up, once', async () => {
  const ledger = new MemoryLedger(100)
  const gone: string[] = []
  const open = (name: string): ReturnType<MemoryLedger['open']> => {
    const account = ledger.open(() => {
      gone.push(name)
      account.close()
    })
    return account
  }
  const [small, large] = [open('small'), open('large')]
  small.add('sending', 30)
  large.add('receiving', 60)
  await turn()
  expect(gone).toEqual([])
  small.add('receiving', 20)
  expect(gone).toEqual([])
  await turn()
  expect(gone).toEqual(['large'])
  expect([ledger.used, ledger.shed]).toEqual([{ sending: 30, receiving: 20 }, 1])
})

test('one goes after the other until it is enough', async () => {
  const ledger = new MemoryLedger(100)
  const gone: number[] = []
  for (let n = 0; n < 10; n++) {
    const account = ledger.open(() => {
      gone.push(n)
      account.close()
    })
    account.add('sending', 30 + n)
  }
  await turn()
  expect(gone).toEqual([9, 8, 7, 6, 5, 4, 3])
  expect(ledger.used.sending).toBe(93)
})

test('what was taken back before the turn ended costs nobody anything', async () => {
  const ledger = new MemoryLedger(100)
  let gone = 0
  const account = ledger.open(() => gone++)
  account.add('sending', 150)
  account.add('sending', -100)
  await turn()
  expect(gone).toBe(0)
})
