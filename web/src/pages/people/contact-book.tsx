import { type ReactNode, useState } from 'react'
import { useAction } from '../../api/hooks.ts'
import { FolderPicker } from '../../app/folder-picker.tsx'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Checkbox, TextField } from '../../ui/field.tsx'
import { PathText, SafeText } from '../../ui/safe-text.tsx'
import css from './people.module.css'

/** Contacts to a file of this computer and from one. */
export function ContactBook(): ReactNode {
  const texts = useTexts(people).book
  const [step, setStep] = useState<'in' | 'out'>()
  const [path, setPath] = useState<string>()
  const close = (): void => {
    setStep(undefined)
    setPath(undefined)
  }
  return (
    <>
      <Button icon="download" onClick={() => setStep('in')}>
        {texts.import}
      </Button>
      <Button icon="upload" onClick={() => setStep('out')}>
        {texts.export}
      </Button>
      <FolderPicker
        open={step !== undefined && path === undefined}
        files={step === 'in'}
        onClose={close}
        onPick={setPath}
      />
      {step === 'in' && path !== undefined && <Import file={path} onClose={close} />}
      {step === 'out' && path !== undefined && <Export folder={path} onClose={close} />}
    </>
  )
}

function Import({ file, onClose }: { readonly file: string; readonly onClose: () => void }): ReactNode {
  const texts = useTexts(people)
  const [isTrusted, setTrusted] = useState(false)
  const read = useAction('contacts.import')
  const report = read.data
  return (
    <Dialog
      open
      onClose={onClose}
      title={texts.book.import}
      actions={
        report !== undefined ? (
          <Button onClick={onClose}>{texts.invites.done}</Button>
        ) : (
          <>
            <Button onClick={onClose}>{texts.cancel}</Button>
            <Button
              look="primary"
              busy={read.isPending}
              onClick={() => read.mutate({ file, trust: isTrusted })}
            >
              {texts.book.read}
            </Button>
          </>
        )
      }
    >
      <div className={css.stack}>
        <PathText path={file} />
        {report !== undefined ? (
          <>
            <p role="status">{texts.book.report(report.added, report.kept, report.refused.length)}</p>
            {report.renamed.map(({ from, to }) => (
              <p key={to}>
                <SafeText text={texts.book.renamed(from, to)} />
              </p>
            ))}
          </>
        ) : (
          <>
            <p>{texts.book.importText}</p>
            <Checkbox
              label={texts.book.trust}
              hint={texts.book.trustHint}
              checked={isTrusted}
              onChange={setTrusted}
            />
          </>
        )}
        {read.error !== null && <ErrorState error={read.error} />}
      </div>
    </Dialog>
  )
}

function Export({ folder, onClose }: { readonly folder: string; readonly onClose: () => void }): ReactNode {
  const texts = useTexts(people)
  const [name, setName] = useState('contacts.json')
  const write = useAction('contacts.export')
  const file = `${folder.replace(/[/\\]$/, '')}${folder.includes('\\') ? '\\' : '/'}${name.trim()}`
  return (
    <Dialog
      open
      onClose={onClose}
      title={texts.book.export}
      actions={
        write.data !== undefined ? (
          <Button onClick={onClose}>{texts.invites.done}</Button>
        ) : (
          <>
            <Button onClick={onClose}>{texts.cancel}</Button>
            <Button
              look="primary"
              busy={write.isPending}
              disabled={!/^[^/\\]+$/.test(name.trim())}
              onClick={() => write.mutate({ file })}
            >
              {texts.book.write}
            </Button>
          </>
        )
      }
    >
      <div className={css.stack}>
        {write.data !== undefined ? (
          <p role="status">{texts.book.wrote(write.data.contacts)}</p>
        ) : (
          <>
            <p>{texts.book.exportText}</p>
            <TextField label={texts.book.name} value={name} onChange={setName} />
          </>
        )}
        <PathText path={file} />
        {write.error !== null && <ErrorState error={write.error} />}
      </div>
    </Dialog>
  )
}
