import type { ReactNode } from 'react'
import { useAction, useValue } from '../../api/hooks.ts'
import { network } from '../../texts/network.ts'
import { useTexts } from '../../texts/texts.ts'
import { Card } from '../../ui/card.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Switch } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import { useToast } from '../../ui/toast.tsx'
import css from './network.module.css'

/** What this peer does for others and for programs of this computer, each with its switch; one that were disabled meanwhile would lose the focus. */
export function Services(): ReactNode {
  const texts = useTexts(network)
  return (
    <Card title={texts.services}>
      <div className={css.switches}>
        <GatewaySwitch />
        <TrackerSwitch />
        <DhtSwitch />
        <KademliaSwitch />
      </div>
    </Card>
  )
}

function GatewaySwitch(): ReactNode {
  const texts = useTexts(network).service
  const { data } = useValue('gateway.status', {}, { everyMs: 30_000 })
  const toast = useToast()
  const start = useAction('gateway.start')
  const stop = useAction('gateway.stop')
  if (data === undefined) return null
  return (
    <div>
      <Switch
        label={texts.gateway}
        hint={data.url === undefined ? texts.gatewayOff : texts.gatewayOn(data.url)}
        checked={data.enabled}
        onChange={isOn => (isOn ? start : stop).mutate({}, { onError: error => toast.fail(error) })}
      />
      {data.url !== undefined && <Copy small text={data.url} label={texts.copyUrl} />}
    </div>
  )
}

function TrackerSwitch(): ReactNode {
  const texts = useTexts(network).service
  const format = useFormat()
  const { data } = useValue('tracker.status', {}, { everyMs: 30_000 })
  const toast = useToast()
  const start = useAction('tracker.start')
  const stop = useAction('tracker.stop')
  if (data === undefined) return null
  const [url] = data.urls
  return (
    <div>
      <Switch
        label={texts.tracker}
        hint={
          data.running
            ? texts.trackerOn(format.number(data.contents), format.number(data.peers))
            : texts.trackerOff
        }
        checked={data.running}
        onChange={isOn => (isOn ? start : stop).mutate({}, { onError: error => toast.fail(error) })}
      />
      {url !== undefined && <Copy small text={url} label={texts.copyUrl} />}
    </div>
  )
}

function DhtSwitch(): ReactNode {
  const texts = useTexts(network).service
  const format = useFormat()
  const { data } = useValue('dht.status', {}, { everyMs: 30_000 })
  const toast = useToast()
  const start = useAction('dht.start')
  const stop = useAction('dht.stop')
  if (data === undefined) return null
  const hint =
    data.state !== 'off'
      ? texts.dhtOn(format.number(data.nodes4 + data.nodes6))
      : data.enabled
        ? texts.dhtWaits
        : texts.dhtOff
  return (
    <Switch
      label={texts.dht}
      hint={hint}
      checked={data.enabled}
      onChange={isOn => (isOn ? start : stop).mutate({}, { onError: error => toast.fail(error) })}
    />
  )
}

function KademliaSwitch(): ReactNode {
  const texts = useTexts(network).service
  const format = useFormat()
  const { data } = useValue('reach.kademlia', {}, { everyMs: 30_000 })
  const toast = useToast()
  const start = useAction('reach.startKademlia')
  const stop = useAction('reach.stopKademlia')
  if (data === undefined) return null
  return (
    <Switch
      label={texts.kademlia}
      hint={data.state === 'on' ? texts.kademliaOn(format.number(data.nodes)) : texts.kademliaOff}
      checked={data.state === 'on'}
      onChange={isOn => (isOn ? start : stop).mutate({}, { onError: error => toast.fail(error) })}
    />
  )
}
