interface Raw {
  /** Its other end has proven who it is. */
  trust(): void
  abort(error: Error): void
}

/** What `upgrade` makes of a connection that nobody has proven anything on; when that fails, the connection ends. */
export async function secured<Upgraded>(raw: Raw, upgrade: () => Promise<Upgraded>): Promise<Upgraded> {
  try {
    const upgraded = await upgrade()
    raw.trust()
    return upgraded
  } catch (error) {
    raw.abort(error as Error)
    throw error
  }
}
