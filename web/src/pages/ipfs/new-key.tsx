import { type ReactNode, useState } from 'react'
import { useAction } from '../../api/hooks.ts'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { TextField } from '../../ui/field.tsx'
import css from './ipfs.module.css'

/** Makes a name beside the peer id. */
export function NewKey({ onClose }: { readonly onClose: () => void }): ReactNode {
  const texts = useTexts(ipfs)
  const create = useAction('names.createKey')
  const [key, setKey] = useState('')
  const make = (): void => create.mutate({ key: key.trim() }, { onSuccess: onClose })
  return (
    <Dialog
      open
      onClose={onClose}
      title={texts.names.newKeyTitle}
      actions={
        <>
          <Button onClick={onClose}>{texts.cancel}</Button>
          <Button look="primary" busy={create.isPending} disabled={key.trim() === ''} onClick={make}>
            {texts.names.create}
          </Button>
        </>
      }
    >
      <form
        className={css.stack}
        onSubmit={event => {
          event.preventDefault()
          if (key.trim() !== '' && !create.isPending) make()
        }}
      >
        <TextField
          label={texts.names.keyName}
          hint={texts.names.keyHint}
          maxLength={64}
          value={key}
          onChange={setKey}
        />
        {create.error !== null && <ErrorState error={create.error} />}
      </form>
    </Dialog>
  )
}
