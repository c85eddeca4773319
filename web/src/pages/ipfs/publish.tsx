import { type ReactNode, useState } from 'react'
import { useAction, useValue } from '../../api/hooks.ts'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { ui } from '../../texts/ui.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select, TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { visibleText } from '../../ui/visible-text.ts'
import css from './ipfs.module.css'
import type { OwnName } from './names.tsx'

interface PublishProps {
  readonly names: readonly OwnName[]
  /** The key that is chosen at first. */
  readonly first: string
  readonly onClose: () => void
}

/** Lets a name point at something that is here, or at a place that is typed. */
export function Publish({ names, first, onClose }: PublishProps): ReactNode {
  const texts = useTexts(ipfs)
  const { close } = useTexts(ui)
  const format = useFormat()
  const { data: contents = [] } = useValue('files.list')
  const publish = useAction('names.publish')
  const [key, setKey] = useState(first)
  const [content, setContent] = useState('')
  const [text, setText] = useState('')
  const what = content === '' ? text.trim() : content
  const begin = (): void => publish.mutate({ what, ...(key !== 'self' && { key }) })
  const done = publish.data
  return (
    <Dialog
      open
      onClose={onClose}
      title={texts.names.publishTitle}
      actions={
        done !== undefined ? (
          <Button onClick={onClose}>{close}</Button>
        ) : (
          <>
            <Button onClick={onClose}>{texts.cancel}</Button>
            <Button look="primary" busy={publish.isPending} disabled={what === ''} onClick={begin}>
              {texts.names.action}
            </Button>
          </>
        )
      }
    >
      {done !== undefined ? (
        <p role="status">{texts.names.done(format.number(done.peers + done.servers + done.nodes))}</p>
      ) : (
        <form
          className={css.stack}
          onSubmit={event => {
            event.preventDefault()
            if (what !== '' && !publish.isPending) begin()
          }}
        >
          <Select
            label={texts.names.key}
            value={key}
            onChange={setKey}
            options={names.map(one => ({
              value: one.key,
              label: one.key === 'self' ? texts.names.self : visibleText(one.key),
            }))}
          />
          <Select
            label={texts.names.what}
            value={content}
            onChange={setContent}
            options={[
              { value: '', label: texts.names.other },
              ...contents.map(({ infoHash, name }) => ({ value: infoHash, label: visibleText(name) })),
            ]}
          />
          {content === '' && (
            <TextField label={texts.names.place} maxLength={2048} value={text} onChange={setText} />
          )}
          <p className={css.soft}>{texts.names.public}</p>
          {publish.error !== null && <ErrorState error={publish.error} />}
        </form>
      )}
    </Dialog>
  )
}
