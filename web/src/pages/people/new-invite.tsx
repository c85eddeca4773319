import { type ReactNode, useState } from 'react'
import type { Answer, Input } from '../../api/client.ts'
import { useStream, useValue } from '../../api/hooks.ts'
import { people } from '../../texts/people.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select, TextField } from '../../ui/field.tsx'
import { Loading } from '../../ui/loading.tsx'
import { QrCode } from '../../ui/qr-code.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import { visibleText } from '../../ui/visible-text.ts'
import { InviteState } from './invites.tsx'
import css from './people.module.css'

type Update = Answer<'invites.invite'>

interface NewInviteProps {
  /** The id of the circle to invite into. */
  readonly circle?: string
  readonly onClose: () => void
}

const lives = ['1h', '1d', '7d', '30d'] as const

/** Makes an invite, shows it, and tells what becomes of it while it is open. */
export function NewInvite({ circle, onClose }: NewInviteProps): ReactNode {
  const texts = useTexts(people)
  const [input, setInput] = useState<Input<'invites.invite'>>()
  return (
    <Dialog
      open
      onClose={onClose}
      title={texts.invites.title}
      actions={input !== undefined && <Button onClick={onClose}>{texts.invites.done}</Button>}
    >
      {input === undefined ? (
        <Choose circle={circle} onMake={setInput} />
      ) : (
        <Made input={input} onAnother={() => setInput(undefined)} />
      )}
    </Dialog>
  )
}

interface ChooseProps {
  readonly circle: string | undefined
  readonly onMake: (input: Input<'invites.invite'>) => void
}

function Choose({ circle, onMake }: ChooseProps): ReactNode {
  const texts = useTexts(people)
  const circles = useValue('circles.list')
  const files = useValue('files.list')
  const [what, setWhat] = useState(circle === undefined ? 'contact' : `circle ${circle}`)
  const [how, setHow] = useState<'link' | 'code'>('link')
  const [role, setRole] = useState<'admin' | 'member' | 'guest'>('member')
  const [name, setName] = useState('')
  const [expires, setExpires] = useState<(typeof lives)[number]>('1d')
  const [kind, id] = what.split(' ')
  const mine = (files.data ?? []).filter(({ origin, replaced }) => origin === 'share' && !replaced)
  const led = (circles.data ?? []).filter(one => one.role === 'admin')
  return (
    <div className={css.stack}>
      <Select
        label={texts.invites.what}
        value={what}
        onChange={setWhat}
        options={[
          { value: 'contact', label: texts.invites.contact },
          ...led.map(one => ({
            value: `circle ${one.id}`,
            label: texts.invites.circle(visibleText(one.name)),
          })),
          ...mine.map(one => ({
            value: `share ${one.infoHash}`,
            label: texts.invites.share(visibleText(one.name)),
          })),
        ]}
      />
      {kind === 'circle' && (
        <Select
          label={texts.invites.role}
          value={role}
          onChange={setRole}
          options={(['member', 'admin', 'guest'] as const).map(value => ({
            value,
            label: texts.circles.role[value],
          }))}
        />
      )}
      <RadioCards
        legend={texts.invites.how}
        value={how}
        onChange={setHow}
        options={[
          { value: 'link', label: texts.invites.link, hint: texts.invites.linkHint, icon: 'link' },
          { value: 'code', label: texts.invites.code, hint: texts.invites.codeHint, icon: 'chat' },
        ]}
      />
      <TextField label={texts.invites.name} hint={texts.invites.nameHint} value={name} onChange={setName} />
      <Select
        label={texts.invites.expires}
        value={expires}
        onChange={setExpires}
        options={lives.map(value => ({ value, label: texts.invites.days[value] }))}
      />
      <Button
        look="primary"
        onClick={() =>
          onMake({
            expires,
            ...(how === 'code' ? { code: true } : { wait: true }),
            ...(name.trim() !== '' && { name: name.trim() }),
            ...(kind === 'circle' && id !== undefined && { circle: id, role }),
            ...(kind === 'share' && id !== undefined && { share: id }),
          })
        }
      >
        {texts.invites.make}
      </Button>
    </div>
  )
}

interface MadeProps {
  readonly input: Input<'invites.invite'>
  readonly onAnother: () => void
}

/** One invite, made once: after the daemon was gone the link is as good as before, and the spoken code is not. */
function Made({ input, onAnother }: MadeProps): ReactNode {
  const texts = useTexts(people).invites
  const [ready, setReady] = useState<Extract<Update, { phase: 'ready' }>>()
  const { value, error } = useStream(
    'invites.invite',
    input,
    update => {
      if (update.phase === 'ready') setReady(update)
    },
    { once: true },
  )
  if (ready === undefined)
    return error === undefined ? <Loading /> : <ErrorState error={error} onRetry={onAnother} />
  const isBroken = error !== undefined
  if (isBroken && ready.link === undefined) return <Void onAnother={onAnother} />
  const isOpen =
    value === undefined || value.phase === 'ready' || (value.phase === 'missed' && value.triesLeft > 0)
  return (
    <div className={css.code}>
      {isOpen && ready.code !== undefined && (
        <>
          <p>{texts.sayIt}</p>
          <output className={css.spoken}>{ready.code}</output>
          <Copy text={ready.code} />
        </>
      )}
      {isOpen && ready.link !== undefined && (
        <>
          <p>{texts.sendIt}</p>
          <QrCode text={ready.link} label={texts.qr} />
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <output className={css.long} tabIndex={0}>
            {ready.link}
          </output>
          <Copy text={ready.link} />
        </>
      )}
      <p role="status">
        {isBroken || value === undefined ? <Later id={ready.id} /> : phaseText(texts, value)}
      </p>
    </div>
  )
}

function Void({ onAnother }: { readonly onAnother: () => void }): ReactNode {
  const texts = useTexts(people).invites
  return (
    <div className={css.code}>
      <p role="status">{texts.codeVoid}</p>
      <Button onClick={onAnother}>{texts.another}</Button>
    </div>
  )
}

/** What became of it, by the list of all. */
function Later({ id }: { readonly id: string }): ReactNode {
  const texts = useTexts(people).invites
  const { data } = useValue('invites.list', {}, { everyMs: 30_000 })
  const invite = data?.find(one => one.id === id)
  return invite === undefined ? texts.waiting : <InviteState invite={invite} />
}

function phaseText(texts: ReturnType<typeof useTexts<typeof people.en>>['invites'], update: Update): string {
  switch (update.phase) {
    case 'ready':
      return texts.waiting
    case 'missed':
      return texts.missed(update.triesLeft)
    case 'taken':
      return texts.taken(visibleText(update.petname ?? update.name))
    default:
      return texts[update.phase]
  }
}
