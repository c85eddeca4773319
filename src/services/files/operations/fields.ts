import { z } from '../../../base/index.ts'

/** How content is named by a person: its name, its link, or at least 6 digits of its info hash. */
export const contentField: z.ZodString = z
  .string()
  .min(1)
  .max(8192)
  .describe('Which content: its name, its link, or the first digits of its info hash')

/** Whose shares: a person as the user calls it. */
export const contactField: z.ZodString = z
  .string()
  .min(1)
  .max(512)
  .describe('Which contact: its name, or the PeerId or address of any peer')

export const pathField = (what: string): z.ZodString => z.string().min(1).max(4096).describe(what)

export const names = (what: string): z.ZodOptional<z.ZodArray<z.ZodString>> =>
  z.array(z.string().max(4096)).max(10_000).optional().describe(what)
