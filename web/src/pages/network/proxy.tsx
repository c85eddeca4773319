import { type ReactNode, useState } from 'react'
import { useAction, useValue } from '../../api/hooks.ts'
import { network } from '../../texts/network.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Switch, TextField } from '../../ui/field.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import css from './network.module.css'
import { noProxy, type ProxyParts, proxyParts, proxyText, usualProxyPort } from './proxy-text.ts'

/** The proxy through which everything leaves, or nothing does. What is typed stays until it is saved or given up. */
export function ProxyForm(): ReactNode {
  const texts = useTexts(network).proxy
  const { data: settings } = useValue('config.list')
  const saved = settings?.find(({ key }) => key === 'network.proxy')
  const beside = settings?.find(({ key }) => key === 'network.listenBesideProxy')
  const set = useAction('config.set')
  const trial = useAction('reach.testProxy')
  const [draft, setDraft] = useState<ProxyParts>()
  if (saved === undefined) return null
  const before = String(saved.value)
  const parts = draft ?? proxyParts(before)
  const text = proxyText(parts)
  const change = (news: Partial<ProxyParts>): void => {
    trial.reset()
    setDraft({ ...parts, ...news })
  }
  const save = (value: string): void =>
    set.mutate(
      { key: 'network.proxy', ...(value !== '' && { value }) },
      { onSuccess: () => setDraft(undefined) },
    )
  return (
    <Card
      title={texts.title}
      aside={<Badge tone={before === '' ? 'plain' : 'accent'}>{before === '' ? texts.off : texts.on}</Badge>}
    >
      <p>{texts.what}</p>
      <form
        className={css.proxy}
        onSubmit={event => {
          event.preventDefault()
          save(text)
        }}
      >
        <TextField
          label={texts.host}
          value={parts.host}
          maxLength={255}
          onChange={host => change({ host })}
        />
        <TextField
          label={texts.port}
          value={parts.port}
          placeholder={usualProxyPort}
          inputMode="numeric"
          pattern="\d{1,5}"
          onChange={port => change({ port })}
        />
        <TextField
          label={texts.user}
          value={parts.user}
          maxLength={255}
          onChange={user => change({ user })}
        />
        <TextField
          label={texts.password}
          type="password"
          autoComplete="off"
          value={parts.password}
          maxLength={255}
          onChange={password => change({ password })}
        />
        <div className={css.remedies}>
          <Button
            icon="bolt"
            disabled={text === ''}
            busy={trial.isPending}
            onClick={() => trial.mutate({ proxy: text })}
          >
            {texts.test}
          </Button>
          <Button look="primary" type="submit" disabled={text === before} busy={set.isPending}>
            {texts.save}
          </Button>
          {before !== '' && (
            <Button
              look="quiet"
              onClick={() => {
                setDraft(noProxy)
                save('')
              }}
            >
              {texts.remove}
            </Button>
          )}
        </div>
      </form>
      <div role="status">{trial.data !== undefined && <Trial trial={trial.data} />}</div>
      {(trial.error ?? set.error) !== null && <ErrorState error={(trial.error ?? set.error)!} />}
      {before !== '' && beside !== undefined && (
        <Switch
          label={texts.beside}
          hint={texts.besideHint}
          checked={beside.value === true}
          onChange={value => set.mutate({ key: 'network.listenBesideProxy', value })}
        />
      )}
    </Card>
  )
}

interface TrialProps {
  readonly trial: {
    readonly address: string
    readonly answers: boolean
    readonly problem?: string
    readonly udp: boolean
    readonly udpProblem?: string
  }
}

/** What happened when it was tried, step by step. */
function Trial({ trial: { address, answers, problem, udp, udpProblem } }: TrialProps): ReactNode {
  const texts = useTexts(network).proxy
  return (
    <ul className={css.lines}>
      <li>
        <Badge tone={answers ? 'good' : 'bad'} icon={answers ? 'check' : 'close'}>
          {answers ? texts.works : texts.fails}
        </Badge>
        <span>
          <SafeText text={answers ? address : (problem ?? address)} />
        </span>
      </li>
      {answers && (
        <li>
          <Badge tone={udp ? 'good' : 'warn'}>{udp ? texts.udp : texts.noUdp}</Badge>
          <span>{udp ? '' : <SafeText text={udpProblem ?? ''} />}</span>
        </li>
      )}
    </ul>
  )
}
