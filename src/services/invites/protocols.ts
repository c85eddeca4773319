/** The libp2p protocol by which invites are taken, see docs/decisions/012-invites.md. */
export const inviteProtocol = '/peerage/invite/1'

/** The libp2p protocol of meeting points. */
export const meetProtocol = '/peerage/meet/1'
