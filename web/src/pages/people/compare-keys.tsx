import type { ReactNode } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Loading } from '../../ui/loading.tsx'
import { QrCode } from '../../ui/qr-code.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import css from './people.module.css'

interface CompareKeysProps {
  readonly details: Answer<'contacts.show'>
  readonly onClose: () => void
}

/** The words of both keys side by side, for two persons to compare. */
export function CompareKeys({ details, onClose }: CompareKeysProps): ReactNode {
  const texts = useTexts(people)
  const own = useValue('identity.show')
  const verify = useAction('contacts.verify')
  const name = visibleText(details.name)
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={texts.contact.verify}
      actions={
        <>
          <Button onClick={onClose}>{texts.cancel}</Button>
          <Button
            look="primary"
            icon="check"
            busy={verify.isPending}
            onClick={() => verify.mutate({ who: details.peer, confirmed: true }, { onSuccess: onClose })}
          >
            {texts.contact.same}
          </Button>
        </>
      }
    >
      <div className={css.stack}>
        <p>{texts.contact.verifyText(name)}</p>
        <p className={css.soft}>
          {details.trust === 'verified' ? texts.contact.isVerified : texts.contact.notVerified}
        </p>
        <div className={css.prints}>
          <Print title={texts.contact.theirs(name)} words={details.fingerprint} code={details.code} />
          {own.data === undefined ? (
            <Loading />
          ) : (
            <Print title={texts.contact.mine} words={own.data.fingerprint} code={own.data.code} />
          )}
        </div>
        {verify.error !== null && <ErrorState error={verify.error} />}
      </div>
    </Dialog>
  )
}

interface PrintProps {
  readonly title: string
  readonly words: readonly string[]
  readonly code: string
}

/** Twelve words and the QR code of a key. */
export function Print({ title, words, code }: PrintProps): ReactNode {
  return (
    <section className={css.print}>
      <h3>{title}</h3>
      <ol className={css.fingerprint}>
        {words.map((word, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a word may stand twice, and its place is what it is
          <li key={place}>{word}</li>
        ))}
      </ol>
      <QrCode text={code} size={160} label={title} />
    </section>
  )
}
