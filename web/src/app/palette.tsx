import { type KeyboardEvent, type ReactNode, useId, useState } from 'react'
import { shell } from '../texts/shell.ts'
import { useTexts } from '../texts/texts.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { SafeText } from '../ui/safe-text.tsx'
import { type Command, findCommands } from './command-search.ts'
import { useCommands } from './commands.ts'
import css from './palette.module.css'

interface PaletteProps {
  readonly onClose: () => void
}

/** Ctrl+K: goes to any page, content or person, and does what has no place of its own. */
export function Palette({ onClose }: PaletteProps): ReactNode {
  const texts = useTexts(shell).palette
  const commands = useCommands()
  const [search, setSearch] = useState('')
  const [wished, setAt] = useState(0)
  const listId = useId()
  const found = findCommands(commands, search)
  const at = Math.min(wished, found.length - 1)
  const run = (command: Command | undefined): void => {
    if (command === undefined) return
    onClose()
    command.run()
  }
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt((at + 1) % Math.max(1, found.length))
    else if (event.key === 'ArrowUp') setAt((at - 1 + found.length) % Math.max(1, found.length))
    else if (event.key === 'Enter') run(found[at])
    else return
    event.preventDefault()
  }
  return (
    <Dialog open onClose={onClose} title={texts.title}>
      <div className={css.palette}>
        <input
          autoFocus
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={found[at] && `${listId}-${found[at].id}`}
          aria-label={texts.search}
          placeholder={texts.search}
          className={css.input}
          value={search}
          onKeyDown={onKey}
          onChange={event => {
            setSearch(event.target.value)
            setAt(0)
          }}
        />
        <div role="listbox" id={listId} aria-label={texts.title} className={css.list}>
          {found.map((command, place) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys go to the box above it
            // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the box above it
            <div
              key={command.id}
              id={`${listId}-${command.id}`}
              role="option"
              aria-selected={place === at}
              className={css.option}
              ref={option => {
                if (place === at) option?.scrollIntoView({ block: 'nearest' })
              }}
              onClick={() => run(command)}
            >
              <Icon name={command.icon} size={18} />
              <SafeText cut text={command.label} />
              <span className={css.group}>{texts.groups[command.group]}</span>
            </div>
          ))}
        </div>
        {found.length === 0 && <p className={css.none}>{texts.nothing}</p>}
      </div>
    </Dialog>
  )
}
