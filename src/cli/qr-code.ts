import type { CommandContext } from './context.ts'

/** Draws the QR code of a text on the screen, when there is one and the code fits on it. */
export async function showQrCode({ note, options, terminal }: CommandContext, text: string): Promise<void> {
  if (!terminal.stderrIsScreen || options.quiet) return
  const { renderUnicodeCompact } = await import('uqr')
  const columns = terminal.columns()
  // Scanners ask for a light border of four modules; two do, and one is better than no code.
  const codes = [2, 1].map(border => renderUnicodeCompact(text, { ecc: 'L', border }))
  const code = codes.find(one => one.indexOf('\n') <= columns)
  if (code !== undefined) note(code)
}
