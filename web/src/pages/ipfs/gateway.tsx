import type { ReactNode } from 'react'
import { useAction, useValue } from '../../api/hooks.ts'
import { Link } from '../../app/router.tsx'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Copy } from '../../ui/copy.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Switch } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loading } from '../../ui/loading.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { useToast } from '../../ui/toast.tsx'
import css from './ipfs.module.css'

/** What shows content of IPFS in any browser of this computer. */
export function Gateway(): ReactNode {
  const texts = useTexts(ipfs)
  const format = useFormat()
  const toast = useToast()
  const { data, error, refetch } = useValue('gateway.status', {}, { everyMs: 2_000 })
  const start = useAction('gateway.start')
  const stop = useAction('gateway.stop')
  if (data === undefined)
    return error === null ? <Loading /> : <ErrorState error={error} onRetry={() => void refetch()} />
  const { enabled, url, fetches, answered } = data
  return (
    <Card title={texts.gateway.title}>
      <Switch
        label={texts.gateway.use}
        hint={url === undefined ? texts.gateway.off : texts.gateway.on}
        checked={enabled}
        onChange={isOn => (isOn ? start : stop).mutate({}, { onError: failure => toast.fail(failure) })}
      />
      {url !== undefined && (
        <>
          <dl className={css.facts}>
            <dt>{texts.gateway.address}</dt>
            <dd>
              <span className={css.code}>
                <SafeText text={url} />
              </span>
              <Copy small text={url} label={texts.copy(texts.gateway.address)} />
            </dd>
          </dl>
          <p className={css.soft}>{texts.gateway.answered(format.number(answered))}</p>
          <p className={css.soft}>{fetches ? texts.gateway.fetches : texts.gateway.local}</p>
          <div className={css.actions}>
            <Link className={buttonClass()} to="/ipfs">
              {texts.gateway.how}
            </Link>
          </div>
        </>
      )}
    </Card>
  )
}
