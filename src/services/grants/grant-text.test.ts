import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PeerageError } from '../../base/index.ts'
import { grantText, maxGrantText, parseGrantText, readGrant } from './grant-text.ts'

async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run()
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
  return 'none'
}

describe('the text of a grant', () => {
  test('holds any bytes, and white space around it does not matter', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), bytes => {
        expect(parseGrantText(` ${grantText(bytes)}\n`)).toEqual(Uint8Array.from(bytes))
      }),
    )
  })

  test('is refused with one code, whatever else it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async text => {
        const code = await codeOf(() => parseGrantText(text.startsWith('peerage-grant:') ? '' : text))
        expect(code).toBe('grant.invalid')
        expect(['none', 'grant.invalid']).toContain(
          await codeOf(() => parseGrantText(`peerage-grant:${text}`)),
        )
      }),
    )
    expect(await codeOf(() => parseGrantText(`peerage-grant:${'A'.repeat(maxGrantText)}`))).toBe(
      'grant.invalid',
    )
    expect(await codeOf(() => parseGrantText('peerage-grant:AAAAA'))).toBe('grant.invalid')
  })

  test('a file that is none is told of as such', async () => {
    expect(await codeOf(() => readGrant('/nowhere/at/all'))).toBe('store.source-unreadable')
    expect(await codeOf(() => readGrant('.'))).toBe('store.source-unreadable')
    expect(await codeOf(() => readGrant('package.json'))).toBe('grant.invalid')
  })
})
