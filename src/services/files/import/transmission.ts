import { readdir } from 'node:fs/promises'
import { PeerageError } from '../../../base/index.ts'
import { type Bencoded, type Dictionary, decodeDictionary, isDictionary } from '../../../wire/index.ts'
import type { TransferSettings } from '../settings.ts'
import { readBounded, resumeLimits } from './read-bounded.ts'
import {
  type Importable,
  numberOf,
  numbersOf,
  type ResumeData,
  textOf,
  textsOf,
  timeOf,
  type Wanted,
} from './resume-data.ts'

/** The torrents in a configuration folder of Transmission 2 to 4: `resume/` beside `torrents/`. Undefined when it is none. */
export async function transmissionIn(
  folder: string,
  names: readonly string[],
): Promise<Importable[] | undefined> {
  if (!names.includes('resume') || !names.includes('torrents')) return undefined
  const torrents = new Set(await readdir(`${folder}/torrents`))
  const resumes = (await readdir(`${folder}/resume`)).filter(name => name.endsWith('.resume'))
  return resumes.map(name => ({
    label: name,
    read: async () => {
      const torrent = `${name.slice(0, -'.resume'.length)}.torrent`
      if (!torrents.has(torrent))
        throw new PeerageError(
          'content.invalid',
          `There is no ${torrent} for it; get it by its link instead.`,
        )
      const resume = await readBounded(`${folder}/resume/${name}`)
      return transmissionResume(resume, await readBounded(`${folder}/torrents/${torrent}`))
    },
  }))
}

/** What a `.resume` file says. Throws `bencode.*`, `content.invalid`. */
export function transmissionResume(bytes: Uint8Array, torrent: Uint8Array): ResumeData {
  return describe(withPlainKeys(decodeDictionary(bytes, resumeLimits)), torrent)
}

/** Until version 4.0 words are joined by `-`, later by `_`. */
function withPlainKeys(dictionary: Dictionary): Dictionary {
  return new Map(
    [...dictionary].map(([key, value]) => [
      key.replaceAll('-', '_'),
      isDictionary(value) ? withPlainKeys(value) : value,
    ]),
  )
}

function describe(resume: Dictionary, torrent: Uint8Array): ResumeData {
  const destination = textOf(resume.get('destination'))
  if (destination === undefined || destination === '')
    throw new PeerageError('content.invalid', 'It does not say where its files are.')
  const isComplete = isDone(resume)
  const incomplete = textOf(resume.get('incomplete_dir'))
  return {
    torrent,
    folder: isComplete || incomplete === undefined ? destination : incomplete,
    paths: textsOf(resume.get('files')),
    name: textOf(resume.get('name')),
    priorities: prioritiesOf(numbersOf(resume.get('priority')), numbersOf(resume.get('dnd'))),
    isComplete,
    partSuffixes: ['.part', ''],
    paused: numberOf(resume.get('paused')) === 1,
    uploaded: numberOf(resume.get('uploaded')) ?? 0,
    downloaded: numberOf(resume.get('downloaded')) ?? 0,
    seedingMs: (numberOf(resume.get('seeding_time_seconds')) ?? 0) * 1000,
    addedAt: timeOf(resume.get('added_date')),
    completedAt: timeOf(resume.get('done_date')),
    settings: settingsOf(resume),
  }
}

/** When it was done is only known of what it fetched itself. */
function isDone(resume: Dictionary): boolean {
  const progress = resume.get('progress')
  const blocks = isDictionary(progress) ? (progress.get('blocks') ?? progress.get('have')) : undefined
  return textOf(blocks) === 'all' || timeOf(resume.get('done_date')) !== undefined
}

function prioritiesOf(
  priorities: readonly number[] = [],
  unwanted: readonly number[] = [],
): Wanted[] | undefined {
  const count = Math.max(priorities.length, unwanted.length)
  if (count === 0) return undefined
  return Array.from({ length: count }, (_, i) => {
    if (unwanted[i] === 1) return 'skip'
    const priority = priorities[i] ?? 0
    return priority > 0 ? 'high' : priority < 0 ? 'low' : 'normal'
  })
}

/** Modes: 0 as configured, 1 as said here, 2 without end. */
function settingsOf(resume: Dictionary): TransferSettings {
  const ratio = goalIn(resume.get('ratio_limit'), 'ratio_mode', 'ratio_limit')
  const up = limitIn(resume.get('speed_limit_up'))
  const down = limitIn(resume.get('speed_limit_down'))
  return {
    ...(ratio !== undefined && { ratio }),
    ...(up !== undefined && { uploadBytesPerSecond: up }),
    ...(down !== undefined && { downloadBytesPerSecond: down }),
    ...(numberOf(resume.get('sequential_download')) === 1 && { sequential: true }),
  }
}

function goalIn(value: Bencoded | undefined, mode: string, limit: string): number | undefined {
  if (!isDictionary(value)) return undefined
  const how = numberOf(value.get(mode))
  if (how === 2) return 0
  const said = value.get(limit)
  // Fractions are written as text.
  const goal = numberOf(said) ?? Number(textOf(said) ?? Number.NaN)
  return how === 1 && Number.isFinite(goal) && goal >= 0 ? goal : undefined
}

function limitIn(value: Bencoded | undefined): number | undefined {
  if (!isDictionary(value) || numberOf(value.get('use_speed_limit')) !== 1) return undefined
  return numberOf(value.get('speed_Bps')) ?? (numberOf(value.get('speed')) ?? 0) * 1000
}
