import { type ReactNode, useEffect, useState } from 'react'
import type { Picked } from '../../api/upload.ts'
import { DropZone } from '../../app/drop-zone.tsx'
import { isToGet, takeOver, useHandedOver } from '../../app/dropped.ts'
import { PageHeading } from '../../app/page-heading.tsx'
import { navigate, useRoute } from '../../app/router.tsx'
import { sharing } from '../../texts/sharing.ts'
import { shell } from '../../texts/shell.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { TextField } from '../../ui/field.tsx'
import { useToast } from '../../ui/toast.tsx'
import { Archive } from './archive.tsx'
import { Arrival, type Opened } from './arrival.tsx'
import css from './get.module.css'
import { PreviewOf } from './preview.tsx'
import { Receive } from './receive.tsx'

/** `7-crossover-clockwork`, also with spaces; what is more like a link is none. */
const spokenCode = /^\s*\d{1,6}(?:[\s-]+[a-z]+){2,}\s*$/i

const inviteLink = /^\s*peerage:invite\//i

/** From a link, a file or a spoken code to something on its way, with nothing fetched before it was seen. */
export function Page(): ReactNode {
  const texts = useTexts(sharing).get
  const { pages } = useTexts(shell)
  const { query } = useRoute()
  const link = query.get('link') ?? ''
  const [picked, setPicked] = useState<Picked>()
  const [opened, setOpened] = useState<Opened>()
  /** Of an archive whose blocks are here now. */
  const [root, setRoot] = useState<string>()
  const handed = useHandedOver()
  useEffect(() => {
    if (inviteLink.test(link))
      navigate(`/people/invites?take=${encodeURIComponent(link.trim())}`, { replace: true })
  }, [link])
  useEffect(() => {
    if (handed === undefined || !isToGet(handed)) return
    setPicked(handed)
    setOpened(undefined)
    setRoot(undefined)
    takeOver()
  }, [handed])
  const end = (): void => {
    void opened?.discard().catch(() => undefined)
    setPicked(undefined)
    setOpened(undefined)
    setRoot(undefined)
    navigate('/get')
  }
  return (
    <>
      <PageHeading title={pages.get} lead={texts.lead} />
      <div className={css.page}>
        {opened?.archive !== undefined && root === undefined ? (
          <Archive
            name={picked?.name ?? ''}
            path={opened.path}
            archive={opened.archive}
            onRead={setRoot}
            onEnd={end}
          />
        ) : opened !== undefined ? (
          <PreviewOf key={root ?? opened.path} link={root ?? opened.path} onEnd={end} />
        ) : picked !== undefined ? (
          <Arrival picked={picked} onReady={setOpened} onEnd={end} />
        ) : inviteLink.test(link) ? null : link === '' ? (
          <Ask onPick={setPicked} />
        ) : spokenCode.test(link) ? (
          <Receive key={link} code={link.trim()} onEnd={end} />
        ) : (
          <PreviewOf key={link} link={link} onEnd={end} />
        )}
      </div>
    </>
  )
}

function Ask({ onPick }: { readonly onPick: (picked: Picked) => void }): ReactNode {
  const texts = useTexts(sharing)
  const toast = useToast()
  const [text, setText] = useState('')
  return (
    <>
      <Card>
        <form
          className={css.ask}
          onSubmit={event => {
            event.preventDefault()
            if (text.trim() !== '') navigate(`/get?link=${encodeURIComponent(text.trim())}`)
          }}
        >
          <TextField
            label={texts.get.label}
            placeholder={texts.home.pasteHint}
            value={text}
            onChange={setText}
          />
          <Button look="primary" type="submit" icon="eye" disabled={text.trim() === ''}>
            {texts.get.look}
          </Button>
        </form>
      </Card>
      <DropZone
        title={texts.get.drop}
        hint={texts.get.dropHint}
        choose={texts.get.choose}
        accept=".torrent,.car"
        onPick={onPick}
      >
        {'registerProtocolHandler' in navigator && (
          <Button
            icon="link"
            onClick={() => {
              takeLinks()
              toast.show({ text: texts.get.magnetAsked })
            }}
          >
            {texts.get.magnet}
          </Button>
        )}
      </DropZone>
    </>
  )
}

/** The browser asks the user whether links of these kinds shall open here. */
function takeLinks(): void {
  for (const scheme of ['magnet', 'web+peerage'])
    navigator.registerProtocolHandler(scheme, `${location.origin}/get?link=%s`)
}
