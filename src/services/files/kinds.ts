/** What a file is to people, by the end of its name: nobody looks inside. */
export type FileKind = 'video' | 'audio' | 'image' | 'document' | 'other'

export const fileKinds: readonly FileKind[] = ['video', 'audio', 'image', 'document', 'other']

const endings: Readonly<Record<Exclude<FileKind, 'other'>, string>> = {
  video: 'mp4 m4v mkv webm mov avi ogv mpg mpeg ts m2ts wmv flv 3gp',
  audio: 'mp3 m4a aac flac ogg oga opus wav wma aiff mka',
  image: 'jpg jpeg png gif webp avif bmp svg heic tif tiff',
  document: 'pdf epub mobi txt md rtf doc docx odt xls xlsx ods ppt pptx odp csv html htm tex djvu cbz cbr',
}

const kinds: ReadonlyMap<string, FileKind> = new Map(
  Object.entries(endings).flatMap(([kind, list]) =>
    list.split(' ').map(ending => [ending, kind as FileKind] as const),
  ),
)

export function kindOf(name: string): FileKind {
  return kinds.get(name.slice(name.lastIndexOf('.') + 1).toLowerCase()) ?? 'other'
}
