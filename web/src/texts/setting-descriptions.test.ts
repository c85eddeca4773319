import { expect, test } from 'vitest'
import { loadCatalog } from '../../../scripts/catalog.ts'
import { settingDescriptionsDe } from './setting-descriptions.de.ts'
import { settingNamesDe } from './setting-names.de.ts'
import { settingsDe } from './settings.de.ts'

test('every setting is named and described in German, and nothing else is', async () => {
  const { settings } = await loadCatalog()
  // Whoever adds a setting writes its lines into setting-descriptions.de.ts and setting-names.de.ts.
  expect(Object.keys(settingDescriptionsDe).sort()).toEqual(settings.map(({ key }) => key).sort())
  for (const text of Object.values(settingDescriptionsDe)) expect(text).toMatch(/^\S.{10,}[.)]$/)
  expect(Object.keys(settingNamesDe).sort()).toEqual(Object.keys(settingDescriptionsDe).sort())
  for (const name of Object.values(settingNamesDe)) expect(name).toMatch(/^[A-ZÄÖÜ].{1,47}[^.\s]$/)
  // Two of one section under one name could not be told apart.
  const named = Object.entries(settingNamesDe).map(([key, name]) => `${key.split('.')[0]}: ${name}`)
  expect(new Set(named).size).toBe(named.length)
  const sections = new Set(settings.map(({ key }) => key.split('.')[0]))
  expect(Object.keys(settingsDe.sections).sort()).toEqual([...sections].sort())
})
