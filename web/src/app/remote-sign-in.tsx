import { type FormEvent, type ReactNode, useState } from 'react'
import { type SignedIn, signIn } from '../api/token.ts'
import { remote } from '../texts/remote.ts'
import { useTexts } from '../texts/texts.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { Logo } from './logo.tsx'
import css from './sign-in.module.css'

/** Asks for the password of remote access, when there is no session or it ended. */
export function RemoteSignIn({ expired }: { readonly expired: boolean }): ReactNode {
  const texts = useTexts(remote).signIn
  const [password, setPassword] = useState('')
  const [outcome, setOutcome] = useState<SignedIn | 'asking'>()
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setOutcome('asking')
    const next = await signIn(password)
    setOutcome(next)
    // A wrong one stays, to be corrected.
    if (next === 'taken') setPassword('')
  }
  const isWrong = outcome === 'wrong' || outcome === 'attempts' || outcome === 'failed'
  return (
    <div className={expired ? css.over : css.page}>
      <main className={css.card}>
        <Logo size={48} />
        <h1>{texts.title}</h1>
        <p className={css.soft}>{expired ? texts.expired : texts.text}</p>
        <form className={css.form} onSubmit={event => void submit(event)}>
          <TextField
            label={texts.password}
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={setPassword}
            problem={isWrong ? texts[outcome] : undefined}
          />
          <Button look="primary" type="submit" busy={outcome === 'asking'}>
            {texts.submit}
          </Button>
        </form>
      </main>
    </div>
  )
}
