import type { ReactNode } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction } from '../../api/hooks.ts'
import { network } from '../../texts/network.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Copy } from '../../ui/copy.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { useToast } from '../../ui/toast.tsx'
import { useFindings } from './findings.ts'
import css from './network.module.css'
import { type Facts, kindOf, localAddress, type StandingTone, standingOf, tones, wayIn } from './standing.ts'

type Diagnosis = Answer<'reach.doctor'>
type RemedyName = NonNullable<Diagnosis['findings'][number]['remedy']>

const icons: Readonly<Record<StandingTone, IconName>> = {
  good: 'check',
  warn: 'people',
  bad: 'close',
  info: 'clock',
}

/** Whether others reach this peer, why, and what helps: what a person sees first. */
export function Reachable({ diagnosis }: { readonly diagnosis: Diagnosis }): ReactNode {
  const texts = useTexts(network)
  const format = useFormat()
  const { facts, findings } = diagnosis
  const standing = standingOf(facts)
  const tone = tones[standing]
  const remedies = [...new Set(findings.flatMap(({ remedy }) => remedy ?? []))]
  const others = format.list(facts.relays.used)
  const say = useFindings()
  const stuck = findings.find(({ code }) => code === 'egress.stuck')
  return (
    <section className={css.hero} data-tone={tone} data-standing={standing}>
      <span className={css.sign}>
        <Icon name={icons[tone]} size={32} />
      </span>
      <div className={css.told}>
        <h2>{texts.standing[standing]}</h2>
        <p>
          <SafeText text={standing === 'relayed' ? texts.relayedBy(others) : texts.standingWhy[standing]} />
        </p>
        {(standing === 'closed' || standing === 'punched' || standing === 'relayed') && (
          <WayIn facts={facts} />
        )}
        {stuck !== undefined && (
          <p>
            <SafeText text={say(stuck).text} />
          </p>
        )}
        {remedies.length > 0 && (
          <div className={css.remedies}>
            {remedies.map(remedy => (
              <Remedy key={remedy} remedy={remedy} look={tone === 'good' ? 'plain' : 'primary'} />
            ))}
          </div>
        )}
      </div>
    </section>
  )
}

function WayIn({ facts }: { readonly facts: Facts }): ReactNode {
  const texts = useTexts(network)
  const { gateway, port } = facts
  const way = wayIn(facts)
  const target = localAddress(facts) ?? texts.thisComputer
  return (
    <p>
      {way === 'forward' && texts.forward(String(port.port ?? ''), target)}
      {way === 'firewall' && texts.firewall(String(port.port ?? ''))}
      {way === 'second-router' && texts.secondRouter}
      {way === 'forward' && gateway?.router !== undefined && <> {texts.routerAt(gateway.router)}</>}
    </p>
  )
}

/** Does what a finding proposes. */
export function Remedy({
  remedy,
  look = 'plain',
}: {
  readonly remedy: RemedyName
  readonly look?: 'plain' | 'primary'
}): ReactNode {
  const texts = useTexts(network)
  const fix = useAction('reach.fix')
  const toast = useToast()
  const restart = useAction('daemon.restart')
  const done = (): void => toast.show({ text: texts.remedied })
  return (
    <Button
      look={look}
      small={look === 'plain'}
      busy={fix.isPending || restart.isPending}
      onClick={() => {
        if (remedy === 'restart') restart.mutate({}, { onError: error => toast.fail(error) })
        else fix.mutate({ remedy }, { onSuccess: done, onError: error => toast.fail(error) })
      }}
    >
      {texts.remedies[remedy]}
    </Button>
  )
}

/** Where this peer is: its addresses, and under which others see it. */
export function Addresses({ facts }: { readonly facts: Facts }): ReactNode {
  const texts = useTexts(network)
  const { addresses, port } = facts
  return (
    <Card title={texts.addresses}>
      {addresses.length === 0 && <p>{texts.standingWhy.nowhere}</p>}
      <ul className={css.lines}>
        {addresses.map(address => {
          const kind = kindOf(address)
          return (
            <li key={address}>
              <Badge tone={kind === 'internet' ? 'good' : 'plain'}>{texts.kinds[kind]}</Badge>
              <SafeText text={shortAddress(address)} cut />
              <Copy small text={address} label={texts.copyAddress(shortAddress(address))} />
            </li>
          )
        })}
        {port.seenAs.slice(0, 4).map(({ address, by }) => (
          <li key={address}>
            <Badge tone="info">{texts.seenAs(by)}</Badge>
            <SafeText text={address} cut />
            <Copy small text={address} label={texts.copyAddress(address)} />
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** `192.168.1.2 · TCP 4001`; the key of this peer is the same in all. */
function shortAddress(address: string): string {
  if (address.includes('/p2p-circuit')) return address.replace(/\/p2p\/[^/]*$/, '')
  const [, , ip = '', protocol = '', port = ''] = address.split('/')
  return `${ip.includes(':') ? `[${ip}]` : ip} · ${address.includes('/udx') ? 'UDX' : protocol.toUpperCase()} ${port}`
}

/** What stands between this peer and the internet, and by which transport others get through. */
export function Router({ facts }: { readonly facts: Facts }): ReactNode {
  const texts = useTexts(network)
  const { gateway, nat, port, egress, addresses } = facts
  const tried = port.asked.filter(({ path, problem }) => path === 'direct' && problem === undefined)
  const has = (kind: 'tcp' | 'udp'): string => {
    if (tried.some(row => row[kind])) return texts.through.yes
    return tried.length > 0 ? texts.through.no : texts.through.unknown
  }
  const isV6 = addresses.some(one => one.startsWith('/ip6/') && kindOf(one) === 'internet')
  const kind = nat.find(one => one.kind !== 'unknown')?.kind ?? 'unknown'
  return (
    <Card title={texts.router}>
      <dl className={css.facts}>
        <dt>{texts.portName}</dt>
        <dd>{port.port ?? '–'}</dd>
        <dt>{texts.router}</dt>
        <dd>
          {texts.gateways[gateway?.state ?? 'none']}
          {gateway?.router !== undefined && <> ({gateway.router})</>}
        </dd>
        <dt>{texts.protocols.nat}</dt>
        <dd>{texts.nats[kind]}</dd>
        <dt>{texts.protocols.tcp}</dt>
        <dd>{has('tcp')}</dd>
        <dt>{texts.protocols.udp}</dt>
        <dd>{egress.proxy?.udp === false ? texts.through.no : has('udp')}</dd>
        <dt>{texts.protocols.ipv6}</dt>
        <dd>{isV6 ? texts.ipv6.yes : texts.ipv6.no}</dd>
      </dl>
    </Card>
  )
}

/** Everything that was looked at, in the words of the doctor. */
export function Findings({ diagnosis }: { readonly diagnosis: Diagnosis }): ReactNode {
  const texts = useTexts(network)
  const say = useFindings()
  return (
    <details className={css.details}>
      <summary>{texts.checked}</summary>
      <ul className={css.findings} aria-label={texts.checked}>
        {diagnosis.findings.map(finding => {
          const { topic, text, advice, language } = say(finding)
          return (
            <li key={finding.code} className={css.finding}>
              <Badge tone={finding.level === 'note' ? 'warn' : finding.level}>
                {texts.levels[finding.level]}
              </Badge>
              <div>
                <div lang={language}>
                  <strong>
                    <SafeText text={topic} />
                  </strong>{' '}
                  <SafeText text={text} />
                  {advice !== undefined && (
                    <p className={css.advice}>
                      <SafeText text={advice} />
                    </p>
                  )}
                </div>
                {finding.remedy !== undefined && <Remedy remedy={finding.remedy} />}
              </div>
            </li>
          )
        })}
      </ul>
    </details>
  )
}
