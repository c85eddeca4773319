import { type ReactNode, useState } from 'react'
import { useAction, useValue } from '../../api/hooks.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Copy } from '../../ui/copy.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Loading } from '../../ui/loading.tsx'
import { useToast } from '../../ui/toast.tsx'
import { Print } from './compare-keys.tsx'
import css from './people.module.css'

const backupCommand = 'peerage id backup'

/** The keys that act for the user. */
export function Devices(): ReactNode {
  const texts = useTexts(people).devices
  const own = useValue('identity.show')
  const { data, error, refetch } = useValue('identity.devices')
  const [revoking, setRevoking] = useState<string>()
  const revoke = useAction('identity.revoke')
  const toast = useToast()
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined || own.data === undefined) return <Loading />
  const { main, isMain, devices } = data
  return (
    <div className={css.stack}>
      <div className={css.columns}>
        <Card>
          <Print title={texts.words} words={own.data.fingerprint} code={own.data.code} />
          <p className={css.soft}>{texts.wordsText}</p>
        </Card>
        <Card title={texts.yours}>
          <ul className={css.list}>
            <Key peer={main} isThis={isMain} badge={texts.main} />
            {devices.map(one => (
              <Key
                key={one.device}
                peer={one.device}
                isThis={one.isThis}
                badge={one.revoked ? texts.revoked : undefined}
              >
                {isMain && !one.revoked && (
                  <Button small onClick={() => setRevoking(one.device)}>
                    {texts.revoke}
                  </Button>
                )}
              </Key>
            ))}
          </ul>
          {devices.length === 0 && <p className={css.soft}>{texts.none}</p>}
        </Card>
      </div>
      <div className={css.columns}>
        {isMain && <Add />}
        <Join />
      </div>
      {isMain && <Rotate />}
      <Card title={texts.backup}>
        <p>{texts.backupText}</p>
        <p className={css.actions}>
          <code>{backupCommand}</code> <Copy small text={backupCommand} />
        </p>
      </Card>
      <ConfirmDialog
        open={revoking !== undefined}
        title={texts.revokeTitle}
        action={texts.revoke}
        danger
        busy={revoke.isPending}
        onConfirm={() =>
          revoke.mutate(
            { device: revoking! },
            { onSuccess: () => setRevoking(undefined), onError: failure => toast.fail(failure) },
          )
        }
        onClose={() => setRevoking(undefined)}
      >
        {texts.revokeText}
      </ConfirmDialog>
    </div>
  )
}

interface KeyProps {
  readonly peer: string
  readonly isThis: boolean
  readonly badge: string | undefined
  readonly children?: ReactNode
}

function Key({ peer, isThis, badge, children }: KeyProps): ReactNode {
  const texts = useTexts(people).devices
  return (
    <li className={css.row}>
      <Icon name="device" />
      <code className={css.words}>…{peer.slice(-12)}</code>
      <Copy small text={peer} />
      {isThis && <Badge tone="accent">{texts.this}</Badge>}
      {badge !== undefined && <Badge>{badge}</Badge>}
      {children}
    </li>
  )
}

interface StepProps {
  readonly text?: string
  readonly label: string
  readonly action: string
  readonly busy: boolean
  readonly error: unknown
  readonly onGo: (text: string) => void
  /** What comes of it. */
  readonly children?: ReactNode
}

/** A text that comes from the other device, and what is done with it. */
function Step({ text, label, action, busy, error, onGo, children }: StepProps): ReactNode {
  const [given, setGiven] = useState('')
  return (
    <div className={css.stack}>
      {text !== undefined && <p className={css.soft}>{text}</p>}
      <div className={css.bar}>
        <TextField label={label} value={given} onChange={setGiven} />
        <Button busy={busy} disabled={given.trim() === ''} onClick={() => onGo(given.trim())}>
          {action}
        </Button>
      </div>
      {error !== null && <ErrorState error={error} />}
      {children}
    </div>
  )
}

/** A long text to be pasted on the other device. */
function Code({ text, lead }: { readonly text: string; readonly lead: string }): ReactNode {
  return (
    <>
      <p role="status">{lead}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <output className={css.long} tabIndex={0}>
        {text}
      </output>
      <Copy text={text} />
    </>
  )
}

function Add(): ReactNode {
  const texts = useTexts(people).devices
  const add = useAction('identity.add')
  return (
    <Card title={texts.add}>
      <Step
        text={texts.addText}
        label={texts.addField}
        action={texts.addAction}
        busy={add.isPending}
        error={add.error}
        onGo={code => add.mutate({ code })}
      >
        {add.data !== undefined && <Code text={add.data.code} lead={texts.added} />}
      </Step>
    </Card>
  )
}

function Join(): ReactNode {
  const texts = useTexts(people).devices
  const join = useAction('identity.join')
  const accept = useAction('identity.accept')
  return (
    <Card title={texts.join}>
      <Step
        label={texts.joinField}
        action={texts.joinAction}
        busy={join.isPending}
        error={join.error}
        onGo={main => join.mutate({ main })}
      >
        {join.data !== undefined && (
          <>
            <Code text={join.data.code} lead={texts.joined} />
            <Step
              label={texts.accept}
              action={texts.acceptAction}
              busy={accept.isPending}
              error={accept.error}
              onGo={code => accept.mutate({ code })}
            />
          </>
        )}
        {accept.data !== undefined && <p role="status">{texts.accepted}</p>}
      </Step>
    </Card>
  )
}

function Rotate(): ReactNode {
  const texts = useTexts(people).devices
  const toast = useToast()
  const rotate = useAction('identity.rotate')
  const [isAsked, setAsked] = useState(false)
  return (
    <Card title={texts.rotate}>
      <p className={css.soft}>{texts.rotateText}</p>
      <div className={css.actions}>
        <Button look="danger" icon="key" onClick={() => setAsked(true)}>
          {texts.rotateAction}
        </Button>
      </div>
      {rotate.data !== undefined && <p role="status">{texts.rotated}</p>}
      <ConfirmDialog
        open={isAsked}
        title={texts.rotate}
        action={texts.rotateAction}
        danger
        busy={rotate.isPending}
        onConfirm={() =>
          rotate.mutate(
            { sure: true },
            { onSuccess: () => setAsked(false), onError: failure => toast.fail(failure) },
          )
        }
        onClose={() => setAsked(false)}
      >
        {texts.rotateText}
      </ConfirmDialog>
    </Card>
  )
}
