import { type FormEvent, type ReactNode, useState } from 'react'
import { enter, type Given, ticketState } from '../api/token.ts'
import { shell } from '../texts/shell.ts'
import { useTexts } from '../texts/texts.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { Logo } from './logo.tsx'
import css from './sign-in.module.css'

/** Asks for the key when there is none, or when the daemon no longer takes it. */
export function SignIn({ expired }: { readonly expired: boolean }): ReactNode {
  const texts = useTexts(shell).signIn
  const [given, setGiven] = useState('')
  const [outcome, setOutcome] = useState<Given>('taken')
  const arrival = ticketState()
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setOutcome(await enter(given))
  }
  return (
    <div className={expired ? css.over : css.page}>
      <main className={css.card}>
        <Logo size={48} />
        <h1>{texts.title}</h1>
        {arrival === 'used' && <p role="alert">{texts.used}</p>}
        <p className={css.soft}>{expired ? texts.expired : texts.text}</p>
        <form className={css.form} onSubmit={event => void submit(event)}>
          <TextField
            label={texts.label}
            value={given}
            onChange={setGiven}
            problem={outcome === 'taken' ? undefined : texts[outcome]}
            hint={texts.where}
          />
          <Button look="primary" type="submit">
            {texts.submit}
          </Button>
        </form>
      </main>
    </div>
  )
}
