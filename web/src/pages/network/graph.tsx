import { type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { network } from '../../texts/network.ts'
import { useTexts } from '../../texts/texts.ts'
import { visibleText } from '../../ui/visible-text.ts'
import css from './graph.module.css'
import { type GraphNode, graphOf, type WayName } from './graph-layout.ts'

interface GraphProps {
  readonly report: Answer<'reach.connections'>
  /** The peer whose row is pointed at. */
  readonly marked: string | undefined
  readonly onMark: (peer: string | undefined) => void
}

const nameLength = 18
const ways: readonly WayName[] = ['lan', 'direct', 'punched', 'relayed']

/** Who is connected by which way, as a picture; the table below says the same in words. */
export function Graph({ report, marked, onMark }: GraphProps): ReactNode {
  const texts = useTexts(network)
  const [box, width] = useWidth()
  const { height, centre, nodes } = graphOf(report.rows, report.rest, { width, most: width < 560 ? 10 : 24 })
  return (
    <div ref={box} className={css.graph}>
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={texts.graph}
      >
        {nodes.map(node => (
          <line
            key={node.id}
            className={css.line}
            data-way={node.way}
            data-moves={node.rate > 0 || undefined}
            data-marked={node.id === marked || undefined}
            strokeWidth={1.5 + Math.min(4, Math.log10(1 + node.rate / 10_000))}
            x1={node.from.x}
            y1={node.from.y}
            x2={node.x}
            y2={node.y}
          />
        ))}
        <g transform={`translate(${centre.x} ${centre.y})`}>
          <circle r="26" className={css.self} />
          <text className={css.selfText} dy="4.5">
            {texts.you}
          </text>
        </g>
        {nodes.map(node => (
          <g
            key={node.id}
            transform={`translate(${node.x} ${node.y})`}
            data-marked={node.id === marked || undefined}
            onPointerEnter={() => onMark(node.id)}
            onPointerLeave={() => onMark(undefined)}
          >
            <circle
              r={node.count > 1 ? 20 : 15}
              className={css.node}
              data-network={node.row?.networks[0] ?? 'none'}
              data-known={node.row?.standing !== undefined || undefined}
            />
            <text className={css.letter} dy="4">
              {letterOf(node)}
            </text>
            <text className={css.name} dy="31">
              {nameOf(node, texts.paths[node.way])}
            </text>
          </g>
        ))}
      </svg>
      <ul className={css.legend}>
        {ways.map(way => (
          <li key={way}>
            <svg width="28" height="8" aria-hidden="true">
              <line className={css.line} data-way={way} strokeWidth="2" x1="1" x2="27" y1="4" y2="4" />
            </svg>
            {texts.paths[way]}
          </li>
        ))}
        {(['private', 'bittorrent', 'ipfs'] as const).map(name => (
          <li key={name}>
            <svg width="14" height="14" aria-hidden="true">
              <circle className={css.node} data-network={name} r="6" cx="7" cy="7" />
            </svg>
            {texts.networks[name]}
          </li>
        ))}
      </ul>
    </div>
  )
}

function letterOf({ row, count }: GraphNode): string {
  if (count > 1) return `+${count}`
  if (row?.contact !== undefined)
    return visibleText([...row.contact][0] ?? '')
      .slice(0, 1)
      .toUpperCase()
  return { private: 'P', bittorrent: 'B', ipfs: 'I', http: 'W' }[row?.networks[0] ?? 'private']
}

function nameOf({ row, id, count }: GraphNode, way: string): string {
  if (count > 1) return way
  const name = visibleText(row?.contact ?? shortId(id))
  const letters = [...name]
  return letters.length > nameLength ? `${letters.slice(0, nameLength - 1).join('')}…` : name
}

/** The end of a PeerId tells peers apart; addresses are told whole. */
export function shortId(peer: string): string {
  return /^(12D3Koo|Qm|16Uiu)/.test(peer) ? `…${peer.slice(-8)}` : peer
}

/** As wide as the place that there is. */
function useWidth(): readonly [React.RefObject<HTMLDivElement | null>, number] {
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(720)
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const look = (): void => setWidth(Math.max(240, Math.round(element.clientWidth)))
    look()
    const observer = new ResizeObserver(look)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [box, width]
}
