import { utf8 } from '../base/index.ts'
import { hasUnseen, isDeviceName, maxNameBytes } from './safe-name.ts'

/**
 * What a person should know of a name before a file of that name is on their disk. `runs`: opening it runs a program;
 * `disguised`: it does, and looks like something else (`photo.jpg.exe`, `photo.jpg          .scr`); `unseen`: it has characters that
 * cannot be seen or that turn others around; `reserved`: some systems take it for a device; `long`: no disk takes all of it.
 */
export type NameWarning = 'runs' | 'disguised' | 'unseen' | 'reserved' | 'long'

// What systems run, install, or hand to something that runs what is in it, when a person opens it.
const running = new Set(
  (
    'exe com scr pif cpl msi msp msix appx application gadget bat cmd ps1 psm1 vb vbs vbe js jse ws wsf wsh hta ' +
    'msc jar jnlp lnk url inf reg scf chm hlp xll xlam docm dotm xlsm xltm pptm potm ppam sldm iqy slk settingcontent-ms ' +
    'app command pkg dmg workflow terminal scpt applescript sh bash zsh csh run bin desktop appimage deb rpm apk xapk ' +
    'flatpakref snap py pyw pyz rb pl php iso img vhd vhdx one'
  ).split(' '),
)
// What a person takes for harmless.
const harmless =
  /\.(?:jpe?g|png|gif|webp|heic|bmp|svg|pdf|txt|rtf|docx?|xlsx?|pptx?|odt|ods|odp|csv|mp[34]|m4[av]|mkv|avi|mov|webm|flac|ogg|wav|zip|rar|7z|gz|epub|srt|html?)\s*\.[^.]*$/i
const manySpaces = /\s{4,}\.[^.]*$/

/** Warnings about one path of a content, as it names it. */
export function nameWarnings(
  path: readonly string[],
  { executable = false }: { readonly executable?: boolean | undefined } = {},
): NameWarning[] {
  // The end is what says what it is.
  const name = (path.at(-1) ?? '').slice(-300)
  const runs = executable || running.has(extensionOf(name))
  const out: NameWarning[] = []
  if (runs && (harmless.test(name) || manySpaces.test(name) || hasUnseen(name))) out.push('disguised')
  else if (runs) out.push('runs')
  if (path.some(hasUnseen)) out.push('unseen')
  if (path.some(isDeviceName)) out.push('reserved')
  if (path.some(part => utf8(part).length > maxNameBytes)) out.push('long')
  return out
}

/** Windows takes no notice of dots and spaces at the end. */
function extensionOf(name: string): string {
  const end = name.slice(-64).replace(/[. ]+$/, '')
  return end.slice(end.lastIndexOf('.') + 1).toLowerCase()
}
