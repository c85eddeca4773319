import { expect, test } from 'vitest'
import { loadCatalog } from '../../../scripts/catalog.ts'
import { settingDescriptionsDe } from './setting-descriptions.de.ts'
import { settingsDe } from './settings.de.ts'

test('every setting is described in German, and nothing else is', async () => {
  const { settings } = await loadCatalog()
  // Whoever adds a setting writes its line into setting-descriptions.de.ts.
  expect(Object.keys(settingDescriptionsDe).sort()).toEqual(settings.map(({ key }) => key).sort())
  for (const text of Object.values(settingDescriptionsDe)) expect(text).toMatch(/^\S.{10,}[.)]$/)
  const sections = new Set(settings.map(({ key }) => key.split('.')[0]))
  expect(Object.keys(settingsDe.sections).sort()).toEqual([...sections].sort())
})
