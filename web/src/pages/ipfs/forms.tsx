import type { ReactNode } from 'react'
import { Link } from '../../app/router.tsx'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { Copy } from '../../ui/copy.tsx'
import { useFormat } from '../../ui/format.ts'
import { SafeText } from '../../ui/safe-text.tsx'
import { Archive } from './archive.tsx'
import type { Report } from './described.tsx'
import css from './ipfs.module.css'

interface FormsProps {
  readonly report: Report
  readonly link: string
  /** The same, and what a name leads to now. */
  readonly what: string
}

/** What few want to know: how it is written elsewhere, of what it is made, and who may have it. */
export function Forms({ report, link, what }: FormsProps): ReactNode {
  const texts = useTexts(ipfs).look
  const format = useFormat()
  const { forms } = texts
  const { cid, v0, base36, codec, hash, digest, blocks, missing, contents, isPublic, announcedAt } = report
  return (
    <details className={css.details}>
      <summary>{texts.more}</summary>
      <dl className={css.facts}>
        <Form name={forms.link} text={link} />
        <Form name={forms.cid} text={cid} />
        {v0 !== undefined && <Form name={forms.v0} text={v0} />}
        <Form name={forms.base36} text={base36} />
        <dt>{forms.codec}</dt>
        <dd>{codec}</dd>
        <Form name={`${forms.hash} (${hash})`} text={digest} />
        <dt>{forms.blocks}</dt>
        <dd>{format.number(blocks)}</dd>
        {missing > 0 && (
          <>
            <dt>{forms.missing}</dt>
            <dd>{format.number(missing)}</dd>
          </>
        )}
        {contents.length > 0 && (
          <>
            <dt>{forms.contents}</dt>
            <dd>
              {contents.map(({ infoHash, name }) => (
                <Link key={infoHash} to={`/transfers/${encodeURIComponent(infoHash)}`}>
                  <SafeText text={name} />
                </Link>
              ))}
            </dd>
          </>
        )}
        {blocks > 0 && (
          <>
            <dt>{forms.public}</dt>
            <dd>{isPublic ? texts.everybody : texts.some}</dd>
            <dt>{forms.announced}</dt>
            <dd>
              {announcedAt === undefined
                ? texts.notAnnounced
                : announcedAt === 0
                  ? texts.notYet
                  : format.ago(announcedAt)}
            </dd>
          </>
        )}
      </dl>
      <Archive what={what} cid={cid} />
    </details>
  )
}

function Form({ name, text }: { readonly name: string; readonly text: string }): ReactNode {
  const texts = useTexts(ipfs)
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <span className={css.code}>
          <SafeText text={text} cut />
        </span>
        <Copy small text={text} label={texts.copy(name)} />
      </dd>
    </>
  )
}
