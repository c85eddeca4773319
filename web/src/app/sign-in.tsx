import { type FormEvent, type ReactNode, useState } from 'react'
import { setToken } from '../api/token.ts'
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
  const [isWrong, setWrong] = useState(false)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setWrong(!setToken(given))
  }
  return (
    <div className={expired ? css.over : css.page}>
      <main className={css.card}>
        <Logo size={48} />
        <h1>{texts.title}</h1>
        <p className={css.soft}>{expired ? texts.expired : texts.text}</p>
        <form className={css.form} onSubmit={submit}>
          <TextField
            label={texts.label}
            value={given}
            onChange={setGiven}
            problem={isWrong ? texts.wrong : undefined}
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
