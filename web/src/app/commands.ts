import { useValue } from '../api/hooks.ts'
import { shell } from '../texts/shell.ts'
import { useTexts } from '../texts/texts.ts'
import type { IconName } from '../ui/icon.tsx'
import type { Command } from './command-search.ts'
import { setLanguage, setTheme } from './preferences.ts'
import { navigate } from './router.tsx'
import { routes } from './routes.ts'

/** All that the palette finds: pages, actions, contents and people. */
export function useCommands(): readonly Command[] {
  const texts = useTexts(shell)
  const contents = useValue('files.list')
  const people = useValue('contacts.list')
  const { themes, languages } = texts.palette
  return [
    ...routes.map(({ name, path, icon }) =>
      commandOf('pages', name, texts.pages[name], icon, () => navigate(path)),
    ),
    commandOf('actions', 'auto', themes.auto, 'settings', () => setTheme('auto')),
    commandOf('actions', 'light', themes.light, 'sun', () => setTheme('light')),
    commandOf('actions', 'dark', themes.dark, 'moon', () => setTheme('dark')),
    commandOf('actions', 'en', languages.en, 'globe', () => setLanguage('en')),
    commandOf('actions', 'de', languages.de, 'globe', () => setLanguage('de')),
    ...(contents.data ?? []).map(({ infoHash, name }) =>
      commandOf('contents', infoHash, name, 'file', () => navigate(`/transfers/${infoHash}`)),
    ),
    ...(people.data ?? []).map(({ peer, name }) =>
      commandOf('people', peer, name, 'person', () => navigate(`/people/contacts/${peer}`)),
    ),
  ]
}

function commandOf(
  group: Command['group'],
  id: string,
  label: string,
  icon: IconName,
  run: () => void,
): Command {
  return { id: `${group}-${id}`, group, label, icon, run }
}
