import { type FormEvent, type ReactNode, useState } from 'react'
import { useAction, useValue } from '../../api/hooks.ts'
import { isRemote, signOut } from '../../api/token.ts'
import { remote } from '../../texts/remote.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Switch, TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { SafeText } from '../../ui/safe-text.tsx'
import { useToast } from '../../ui/toast.tsx'
import css from './remote.module.css'

/** Characters that a password has at least; the daemon says so too. */
const minLength = 12

/** Whether other computers may use this peer, where, by which certificate and password. */
export function RemoteAccess(): ReactNode {
  const texts = useTexts(remote)
  const { data, error, refetch } = useValue('remote.status', {}, { everyMs: 10_000 })
  const start = useAction('remote.start')
  const stop = useAction('remote.stop')
  const failed = start.error ?? stop.error
  if (data === undefined)
    return error === null ? null : <ErrorState error={error} onRetry={() => void refetch()} />
  return (
    <div className={css.remote}>
      <h3>{texts.title}</h3>
      <p className={css.soft}>{texts.text}</p>
      <Switch
        label={texts.on}
        hint={data.hasPassword ? undefined : texts.needsPassword}
        checked={data.enabled}
        disabled={!data.hasPassword || start.isPending || stop.isPending}
        onChange={on => (on ? start.mutate({}) : stop.mutate({}))}
      />
      {failed !== null && <ErrorState error={failed} />}
      {data.enabled && <Facts status={data} />}
      <Password isSet={data.hasPassword} />
      {isRemote && (
        <Button icon="power" onClick={() => void signOut()}>
          {texts.signOut}
        </Button>
      )}
    </div>
  )
}

type Status = NonNullable<ReturnType<typeof useValue<'remote.status'>>['data']>

function Facts({ status: { urls, certificate, sessions, problem } }: { readonly status: Status }): ReactNode {
  const texts = useTexts(remote)
  const format = useFormat()
  const end = useAction('remote.signOut')
  return (
    <>
      {problem !== undefined && (
        <p className={css.problem} role="alert">
          <SafeText text={problem.message} />
        </p>
      )}
      <dl className={css.pairs}>
        <dt>{texts.openAt}</dt>
        <dd>
          {urls.length === 0 && texts.nowhere}
          {urls.map(url => (
            <span key={url} className={css.line}>
              <code>{url}</code>
              <Copy small text={url} />
            </span>
          ))}
        </dd>
        {certificate !== undefined && (
          <>
            <dt>{texts.fingerprint}</dt>
            <dd>
              <span className={css.line}>
                <code className={css.fingerprint}>{certificate.fingerprint}</code>
                <Copy small text={certificate.fingerprint} />
              </span>
              {!certificate.isOwn && <p className={css.soft}>{texts.compare}</p>}
            </dd>
            <dt>{texts.until}</dt>
            <dd>{format.date(certificate.notAfter)}</dd>
          </>
        )}
        <dt>{texts.sessions}</dt>
        <dd>
          <span className={css.line}>
            {texts.sessionCount(sessions)}
            {sessions > 0 && (
              <Button small onClick={() => end.mutate({})} busy={end.isPending}>
                {texts.endAll}
              </Button>
            )}
          </span>
        </dd>
      </dl>
    </>
  )
}

function Password({ isSet }: { readonly isSet: boolean }): ReactNode {
  const texts = useTexts(remote)
  const toast = useToast()
  const set = useAction('remote.setPassword')
  const [password, setPassword] = useState('')
  const [repeated, setRepeated] = useState('')
  const [problem, setProblem] = useState<string>()
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const found =
      password.length < minLength ? texts.tooShort : password === repeated ? undefined : texts.different
    setProblem(found)
    if (found === undefined) set.mutate({ password }, { onSuccess: done })
  }
  const done = (): void => {
    setPassword('')
    setRepeated('')
    toast.show({ text: texts.saved, look: 'good' })
  }
  return (
    <form className={css.password} onSubmit={submit}>
      <TextField
        label={isSet ? texts.changePassword : texts.newPassword}
        type="password"
        autoComplete="new-password"
        hint={texts.length}
        problem={problem ?? set.error?.message}
        value={password}
        onChange={setPassword}
      />
      {password !== '' && (
        <TextField
          label={texts.repeat}
          type="password"
          autoComplete="new-password"
          value={repeated}
          onChange={setRepeated}
        />
      )}
      {password !== '' && (
        <Button look="primary" type="submit" busy={set.isPending}>
          {texts.save}
        </Button>
      )}
    </form>
  )
}
