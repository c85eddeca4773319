import { PeerageError } from '../base/index.ts'

/** How many characters a petname may have. */
export const maxPetnameLength = 64

/**
 * A petname as it is kept: NFC, without space around it. Throws `usage.invalid` for one that is empty, too long, could be taken for
 * something else (a peer id, an address, a subject, an option) or has characters that cannot be seen.
 */
export function checkPetname(text: string): string {
  const name = text.normalize('NFC').trim().replaceAll(/\s+/gu, ' ')
  if (name === '' || [...name].length > maxPetnameLength)
    throw unusable(`A name has 1 to ${maxPetnameLength} characters.`)
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u.test(name) || isUnreadable(name))
    throw unusable('A name must be readable: letters, digits, signs.')
  if (/[:/\\@,]|^-|^12D3Koo/iu.test(name))
    throw unusable('A name has no : / \\ @ or comma, and does not begin like an option or a peer id.')
  return name
}

/** Letters that look like Latin ones: two characters each, what is seen and what it is taken for. */
const lowerLookalikes =
  '\u0430a \u0432b \u0435e \u0437\u0033 \u0456i \u0458j \u043ak \u043cm \u043dh \u043eo \u043fn \u0440p \u0433r \u0441c \u0442t \u0443y \u0445x \u0455s \u0501d \u04bbh \u051bq \u051dw \u044cb \u0475v ' +
  '\u03b1a \u03b2b \u03b3y \u03b5e \u03b7n \u03b9i \u03bak \u03bcu \u03bdv \u03bfo \u03c1p \u03c3o \u03c4t \u03c5u \u03c7x \u03c9w \u0131i \u0251a \u0261g \u0269i \u028bu \u00f8o \u0142l \u0111d \u00dfb 0o 1l il |l !l 5s 3e $s'
const upperLookalikes =
  '\u0410A \u0412B \u0415E \u0417\u0033 \u0406I \u0408J \u041aK \u041cM \u041dH \u041eO \u0420P \u0421C \u0422T \u0423Y \u0425X \u0405S \u0474V ' +
  '\u0391A \u0392B \u0395E \u0396Z \u0397H \u0399I \u039aK \u039cM \u039dN \u039fO \u03a1P \u03a4T \u03a5Y \u03a7X \u00d8O 0O 1I |I !I 5S'

const tableOf = (pairs: string): ReadonlyMap<string, string> =>
  new Map(pairs.split(' ').map(pair => [pair[0]!, pair[1]!]))
const lowerTable = tableOf(lowerLookalikes)
const upperTable = tableOf(upperLookalikes)

/**
 * What a name looks like, once in small letters and once in capitals: two names that agree in either are taken for one another. In the
 * manner of UTS #39 ("skeleton"), with the letters of the alphabets that are mixed up most, not its whole table.
 */
export function looksOf(name: string): readonly [string, string] {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/[\p{M}\p{Cf}]/gu, '')
    .replaceAll(/[\s._'’`·-]+/gu, ' ')
  return [
    `a${look(plain.toLowerCase(), lowerTable).replaceAll('rn', 'm').replaceAll('vv', 'w')}`,
    `A${look(plain.toUpperCase(), upperTable)}`,
  ]
}

function look(text: string, table: ReadonlyMap<string, string>): string {
  let out = ''
  for (const char of text) out += table.get(char) ?? char
  return out.trim()
}

/** Nothing but marks and signs. */
function isUnreadable(name: string): boolean {
  return !/[\p{L}\p{N}\p{S}]/u.test(name)
}

function unusable(message: string): PeerageError {
  return new PeerageError('usage.invalid', message)
}
