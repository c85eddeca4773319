import type { CommandContext } from './context.ts'

/** Draws a text for cameras, on stderr, when the terminal is wide enough. */
export async function showQrCode(context: CommandContext, link: string): Promise<void> {
  const { renderUnicodeCompact } = await import('uqr')
  const columns = context.terminal.columns()
  // Scanners ask for a light border of four modules; two do, and one is better than no code.
  const codes = [2, 1].map(border => renderUnicodeCompact(link, { ecc: 'L', border }))
  const code = codes.find(one => one.indexOf('\n') <= columns)
  if (code !== undefined) context.note(code)
}
