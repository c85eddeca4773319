import { expect, test } from 'vitest'
import { settingsDe } from '../../texts/settings.de.ts'
import { settingsEn } from '../../texts/settings.en.ts'
import { allowedText } from './allowed.ts'

test.each([
  [{ type: 'integer', minimum: 0, maximum: 65535 }, 'a number from 0 to 65535', 'eine Zahl von 0 bis 65535'],
  [
    { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    'a number, 1 or more',
    'eine Zahl ab 1',
  ],
  [{ type: 'boolean' }, 'on or off', 'an oder aus'],
  [{ enum: ['a', 'b'] }, 'one of a, b', 'eins von a, b'],
  [{ type: 'array' }, 'a list, with commas between', 'eine Liste, mit Kommas dazwischen'],
])('what %j allows is said in both languages', (schema, english, german) => {
  expect(allowedText(schema, settingsEn.what, String)).toBe(english)
  expect(allowedText(schema, settingsDe.what, String)).toBe(german)
})
