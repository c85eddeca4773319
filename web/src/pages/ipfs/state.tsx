import type { ReactNode } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Switch } from '../../ui/field.tsx'
import { type Format, useFormat } from '../../ui/format.ts'
import { SafeText } from '../../ui/safe-text.tsx'
import { useToast } from '../../ui/toast.tsx'
import css from './ipfs.module.css'

type Status = Answer<'ipfs.status'>

/** Whether it is used, and how it goes. */
export function State(): ReactNode {
  const texts = useTexts(ipfs).state
  const format = useFormat()
  const toast = useToast()
  const { data, error, refetch } = useValue('ipfs.status', {}, { everyMs: 5_000 })
  const { data: settings } = useValue('config.list')
  const set = useAction('config.set')
  const setting = settings?.find(({ key }) => key === 'ipfs.enabled')
  const isWanted = setting?.value === true
  if (data === undefined && error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined || settings === undefined) return null
  return (
    <Card>
      <Switch
        label={<span className={css.main}>{texts.use}</span>}
        hint={stateText(data, texts, format)}
        checked={isWanted}
        onChange={value =>
          set.mutate({ key: 'ipfs.enabled', value }, { onError: failure => toast.fail(failure) })
        }
      />
      <Denylists lists={data.denylists} />
      {data.state === 'off' && isWanted && !setting?.isPending && data.why !== undefined && (
        <p className={css.soft} lang="en">
          <SafeText text={data.why} />
        </p>
      )}
    </Card>
  )
}

/** What is refused, as far as somebody wants that. */
function Denylists({ lists }: { readonly lists: Status['denylists'] }): ReactNode {
  const texts = useTexts(ipfs).state
  const format = useFormat()
  if (lists.length === 0) return null
  const rules = lists.reduce((sum, list) => sum + list.rules, 0)
  return (
    <>
      <p className={css.soft}>{texts.denylists(format.number(lists.length), format.number(rules))}</p>
      {lists.map(
        ({ path, problem }) =>
          problem !== undefined && (
            <p key={path} role="alert">
              <SafeText text={texts.unread(path)} /> <SafeText text={problem} />
            </p>
          ),
      )}
    </>
  )
}

function stateText(
  { state, peers, roots, announced }: Status,
  texts: ReturnType<typeof useTexts<typeof ipfs.en>>['state'],
  format: Format,
): string {
  if (state === 'off') return texts.off
  if (state === 'idle') return texts.idle
  return roots === 0
    ? texts.onPeers(format.number(peers))
    : texts.on(format.number(peers), format.number(announced), format.number(roots))
}
