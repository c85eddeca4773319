export interface SrtCue {
  /** Seconds. */
  readonly from: number
  readonly to: number
  readonly text: string
}

/** More of them no film has. */
export const maxCues = 20_000

const times = /(?:(\d+):)?(\d\d):(\d\d)[,.](\d{1,3})\s*-->\s*(?:(\d+):)?(\d\d):(\d\d)[,.](\d{1,3})/

/** Reads subtitles of SubRip (`.srt`) and WebVTT, whose hours may be left out; what makes no sense is left out. */
export function srtCues(text: string): SrtCue[] {
  const cues: SrtCue[] = []
  for (const block of text.replaceAll('\r\n', '\n').split(/\n[ \t]*\n/)) {
    if (cues.length >= maxCues) break
    const lines = block.trim().split('\n')
    const at = lines.findIndex(line => times.test(line))
    const match = at < 0 ? null : times.exec(lines[at]!)
    if (match === null) continue
    const [from, to] = [secondsOf(match.slice(1, 5)), secondsOf(match.slice(5, 9))]
    const said = lines
      .slice(at + 1)
      .join('\n')
      .trim()
    if (to > from && said !== '') cues.push({ from, to, text: said })
  }
  return cues
}

function secondsOf([hours = '0', minutes = '0', seconds = '0', thousandths = '']: readonly (
  | string
  | undefined
)[]): number {
  return (
    Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(thousandths.padEnd(3, '0')) / 1000
  )
}
