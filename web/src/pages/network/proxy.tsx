import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { network } from '../../texts/network.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Switch, TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
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
  const [far, setFar] = useState('')
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
        <div className={css.far}>
          <TextField
            label={texts.farHost}
            hint={texts.farHint}
            value={far}
            maxLength={300}
            onChange={host => {
              trial.reset()
              setFar(host)
            }}
          />
        </div>
        <div className={css.remedies}>
          <Button
            icon="bolt"
            disabled={text === ''}
            busy={trial.isPending}
            onClick={() => trial.mutate({ proxy: text, ...(far.trim() !== '' && { far: far.trim() }) })}
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

type ProxyTrial = Answer<'reach.testProxy'>

/** What happened when it was tried, step by step. */
function Trial({ trial }: { readonly trial: ProxyTrial }): ReactNode {
  const texts = useTexts(network).proxy
  const { address, answers, fault, problem, udp, udpProblem, far } = trial
  return (
    <ul className={css.lines}>
      <Step
        tone={answers ? 'good' : 'bad'}
        badge={answers ? texts.works : texts.fails}
        text={answers ? address : texts.faults[fault ?? 'broken']}
        problem={problem}
      />
      {far !== undefined && <Far far={far} />}
      {answers && far === undefined && (
        <Step tone="info" badge={texts.farUntried} text={texts.farUntriedWhy} />
      )}
      {answers && (
        <Step
          tone={udp ? 'good' : 'warn'}
          badge={udp ? texts.udp : texts.noUdp}
          text=""
          problem={udp ? undefined : udpProblem}
        />
      )}
    </ul>
  )
}

function Far({ far }: { readonly far: NonNullable<ProxyTrial['far']> }): ReactNode {
  const texts = useTexts(network).proxy
  const format = useFormat()
  const { host, reached, ms = 0, namesBy, problem, fault = 'failed' } = far
  const names = namesBy === undefined ? '' : ` ${texts.namesBy[namesBy]}`
  return (
    <Step
      tone={reached ? 'good' : 'bad'}
      badge={reached ? texts.farReached : texts.farMissed}
      text={(reached ? texts.farTook(host, format.number(ms)) : texts.farFaults[fault](host)) + names}
      problem={problem}
    />
  )
}

interface StepProps {
  readonly tone: 'good' | 'bad' | 'warn' | 'info'
  readonly badge: string
  readonly text: string
  /** As the proxy or the system says it. */
  readonly problem?: string | undefined
}

function Step({ tone, badge, text, problem }: StepProps): ReactNode {
  return (
    <li>
      <Badge
        tone={tone}
        {...(tone === 'good' || tone === 'bad' ? { icon: tone === 'good' ? 'check' : 'close' } : {})}
      >
        {badge}
      </Badge>
      <span>
        <SafeText text={text} />
        {problem !== undefined && (
          <small lang="en">
            {' '}
            <SafeText text={problem} />
          </small>
        )}
      </span>
    </li>
  )
}
