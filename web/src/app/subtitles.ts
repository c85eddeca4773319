import { type RefObject, useEffect } from 'react'
import { call } from '../api/client.ts'
import { mediaOf } from '../api/media.ts'
import { visibleText } from '../ui/visible-text.ts'
import { srtCues } from './srt-cues.ts'

interface Film {
  readonly infoHash: string
  readonly file: string
}

/** Longer ones are no subtitles, in bytes; and no film comes with more. */
const maxBytes = 4_000_000
const maxTracks = 16

/** Adds the subtitles that lie beside a film and begin with its name: `film.vtt`, `film.de.srt`. None is shown until the viewer chooses one. */
export function useSubtitles(video: RefObject<HTMLVideoElement | null>, { infoHash, file }: Film): void {
  useEffect(() => {
    const left = new AbortController()
    void add(video, { infoHash, file }, left.signal).catch(() => undefined)
    return () => left.abort(new DOMException('left', 'AbortError'))
  }, [video, infoHash, file])
}

async function add(
  video: RefObject<HTMLVideoElement | null>,
  { infoHash, file }: Film,
  signal: AbortSignal,
): Promise<void> {
  const start = file.slice(0, file.lastIndexOf('.') + 1)
  const files = await call('files.files', { content: infoHash }, { signal })
  const beside = files.filter(
    ({ path, size }) => path.startsWith(start) && /\.(srt|vtt)$/i.test(path) && size <= maxBytes,
  )
  for (const { path } of beside.slice(0, maxTracks)) {
    const { url } = await mediaOf(infoHash, path, signal)
    const text = await (await fetch(url, { signal })).text()
    const track = video.current?.addTextTrack('subtitles', visibleText(path.slice(start.length)))
    for (const cue of srtCues(text)) track?.addCue(new VTTCue(cue.from, cue.to, cue.text))
  }
}
