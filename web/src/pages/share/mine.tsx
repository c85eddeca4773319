import type { ReactNode } from 'react'
import { useAction, useValue } from '../../api/hooks.ts'
import { Link } from '../../app/router.tsx'
import { useRuleTexts } from '../../app/rule-texts.ts'
import { sharing } from '../../texts/sharing.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { useFormat } from '../../ui/format.ts'
import { SafeText } from '../../ui/safe-text.tsx'
import { useToast } from '../../ui/toast.tsx'
import css from './share.module.css'

/** What is shared from here, and how it ends. */
export function Mine(): ReactNode {
  const texts = useTexts(sharing).share
  const format = useFormat()
  const { subjectText } = useRuleTexts()
  const toast = useToast()
  const list = useValue('files.list')
  const unshare = useAction('files.unshare')
  const mine = (list.data ?? []).filter(({ origin, replaced }) => origin === 'share' && !replaced)
  if (mine.length === 0) return null
  return (
    <Card title={texts.mine}>
      <ul className={css.mine}>
        {mine.map(({ infoHash, name, totalBytes, audience }) => (
          <li key={infoHash} className={css.share}>
            <span className={css.name}>
              <Link to={`/transfers/${infoHash}`}>
                <SafeText cut text={name} />
              </Link>
              <span className={css.soft}>
                {format.bytes(totalBytes)}
                {audience
                  ?.filter(one => !one.denied)
                  .map(({ subject, who }) => (
                    <span key={subject}>
                      {' · '}
                      <SafeText text={subjectText(subject, who)} />
                    </span>
                  ))}
              </span>
            </span>
            <Link
              to={`/people/permissions/${encodeURIComponent(`content:${infoHash}`)}`}
              className={buttonClass('plain', true)}
            >
              {texts.whoMay}
            </Link>
            <Button
              small
              busy={unshare.isPending && unshare.variables?.content === infoHash}
              onClick={() =>
                unshare.mutate(
                  { content: infoHash },
                  {
                    onSuccess: () => toast.show({ text: texts.stopped, look: 'good' }),
                    onError: error => toast.fail(error),
                  },
                )
              }
            >
              {texts.stop}
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  )
}
