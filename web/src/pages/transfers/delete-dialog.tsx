import type { ReactNode } from 'react'
import { useValue } from '../../api/hooks.ts'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { PathText, SafeText } from '../../ui/safe-text.tsx'
import { pinName } from './pin-name.ts'
import css from './transfers.module.css'

interface DeleteDialogProps {
  readonly ids: readonly string[]
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Says what would be deleted before anything is. */
export function DeleteDialog({ ids, onConfirm, onClose }: DeleteDialogProps): ReactNode {
  const t = useTexts(transfers)
  return (
    <ConfirmDialog
      open
      danger
      title={t.deleteTitle}
      action={t.deleteAction}
      onConfirm={onConfirm}
      onClose={onClose}
    >
      <p>{t.deleteText}</p>
      <ul className={css.paths}>
        {ids.slice(0, 100).map(id => (
          <Place key={id} id={id} />
        ))}
      </ul>
    </ConfirmDialog>
  )
}

function Place({ id }: { readonly id: string }): ReactNode {
  const t = useTexts(transfers)
  const { data } = useValue('files.show', { content: id })
  return (
    <li>
      {data && <PathText path={data.path ?? data.name} />}
      {data?.pins?.map(pin => (
        <p key={pin.cid}>
          <SafeText text={t.leans(pinName(pin))} />
        </p>
      ))}
    </li>
  )
}
