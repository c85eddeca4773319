import { type ReactNode, useState } from 'react'
import { useAction } from '../../api/hooks.ts'
import { grants } from '../../texts/grants.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { useToast } from '../../ui/toast.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import css from './people.module.css'

/** Keeps a permission that somebody handed over as a text. */
export function KeepGrant({ onClose }: { readonly onClose: () => void }): ReactNode {
  const texts = useTexts(grants)
  const { cancel } = useTexts(people)
  const toast = useToast()
  const keep = useAction('grants.import')
  const [text, setText] = useState('')
  const kept = (ownerName: string): void => {
    toast.show({ text: texts.kept(visibleText(ownerName)), look: 'good' })
    onClose()
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={texts.keep}
      actions={
        <>
          <Button onClick={onClose}>{cancel}</Button>
          <Button
            look="primary"
            busy={keep.isPending}
            disabled={!text.trim().startsWith('peerage-grant:')}
            onClick={() => keep.mutate({ grant: text.trim() }, { onSuccess: one => kept(one.ownerName) })}
          >
            {texts.keepIt}
          </Button>
        </>
      }
    >
      <div className={css.stack}>
        <TextField
          label={texts.text}
          hint={texts.textHint}
          maxLength={8192}
          value={text}
          onChange={setText}
        />
        {keep.error !== null && <ErrorState error={keep.error} />}
      </div>
    </Dialog>
  )
}
