/** What kind of failure an error is; the CLI turns it into an exit code (see `exitCodes`). */
export type ErrorKind =
  | 'usage'
  | 'input'
  | 'not-found'
  | 'refused'
  | 'disk'
  | 'conflict'
  | 'network'
  | 'corrupt'
  | 'limit'
  | 'internal'

/** Exit code of the CLI for each kind of failure. 0 is success, 130 is Ctrl-C. */
export const exitCodes: Readonly<Record<ErrorKind, number>> = {
  internal: 1,
  usage: 2,
  input: 3,
  'not-found': 4,
  refused: 5,
  disk: 6,
  conflict: 7,
  network: 8,
  corrupt: 9,
  limit: 10,
}

export interface ErrorEntry {
  readonly kind: ErrorKind
  /** What happened, in general words. */
  readonly summary: string
  /** What a person can do about it. */
  readonly remedy: string
}

/** The closed set of codes; each has its line in `errorTable`. */
export type ErrorCode =
  | 'access.denied'
  | 'access.limit'
  | 'access.passphrase-needed'
  | 'access.passphrase-wrong'
  | 'access.policy-invalid'
  | 'api.forbidden'
  | 'api.unauthorized'
  | 'bencode.invalid'
  | 'bencode.limit'
  | 'block.mismatch'
  | 'block.missing'
  | 'car.invalid'
  | 'circle.denied'
  | 'circle.unknown'
  | 'config.invalid'
  | 'contact.exists'
  | 'contact.unknown'
  | 'content.denied'
  | 'content.invalid'
  | 'content.no-such-file'
  | 'content.unknown'
  | 'daemon.running'
  | 'daemon.unreachable'
  | 'dag.invalid'
  | 'dag.limit'
  | 'dag.unsupported'
  | 'grant.invalid'
  | 'identity.damaged'
  | 'identity.exists'
  | 'identity.exposed'
  | 'identity.phrase-invalid'
  | 'identity.unreadable'
  | 'index.damaged'
  | 'internal.bug'
  | 'invite.code-invalid'
  | 'invite.not-found'
  | 'invite.refused'
  | 'link.invalid'
  | 'name.key-exists'
  | 'name.key-unknown'
  | 'name.no-link'
  | 'name.refused'
  | 'name.unknown'
  | 'network.egress-down'
  | 'network.limit'
  | 'network.no-peers'
  | 'network.port-in-use'
  | 'network.unreachable'
  | 'path.unsafe'
  | 'peer-id.invalid'
  | 'peer.protocol'
  | 'remote.attempts'
  | 'remote.no-password'
  | 'remote.password-wrong'
  | 'statement.invalid'
  | 'store.disk-full'
  | 'store.exists'
  | 'store.io'
  | 'store.read-only'
  | 'store.source-changed'
  | 'store.source-unreadable'
  | 'store.target-missing'
  | 'usage.invalid'
  | 'wire.invalid'
  | 'wire.limit'

/** The closed set of errors. `docs/generated/errors.md` is generated from it. One line each, sorted by code. */
export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = {
  'access.denied': {
    kind: 'refused',
    summary: 'Nobody who was asked offers this content to you.',
    remedy: 'Check the link, or ask its owner to allow your peer id (`peerage id`).',
  },
  'access.limit': {
    kind: 'limit',
    summary: 'A bound of the permissions (policies, rules) was reached.',
    remedy: 'Remove what is no longer shared, or raise the named limit in `access`.',
  },
  'access.passphrase-needed': {
    kind: 'refused',
    summary: 'The identity key is protected by a passphrase.',
    remedy: 'Give it when asked, or through PEERAGE_PASSPHRASE.',
  },
  'access.passphrase-wrong': {
    kind: 'refused',
    summary: 'The passphrase does not open the identity key.',
    remedy: 'Try again; without it the identity cannot be recovered.',
  },
  'access.policy-invalid': {
    kind: 'input',
    summary: 'A policy names something that does not exist.',
    remedy:
      'Subjects are `everyone`, `contacts`, `secret`, `contact:NAME`, `circle:NAME` or `peer:ID`; see `peerage share --help`.',
  },
  'api.forbidden': {
    kind: 'refused',
    summary: 'The request came from a place that may not use the local API.',
    remedy:
      'Use the address that `peerage status` shows, on this machine and directly; from elsewhere one that `peerage remote` shows.',
  },
  'api.unauthorized': {
    kind: 'refused',
    summary: 'The token of the API is missing, wrong or over.',
    remedy:
      'Send the content of the file api.token in the home folder as a Bearer token; from elsewhere, sign in again.',
  },
  'bencode.invalid': {
    kind: 'input',
    summary: 'Not valid bencoding.',
    remedy: 'The file or message is damaged or not a torrent; get it again.',
  },
  'bencode.limit': {
    kind: 'limit',
    summary: 'Bencoded data exceeds a bound (size, depth or count).',
    remedy: 'Raise the named limit only if you trust where the data comes from.',
  },
  'block.mismatch': {
    kind: 'corrupt',
    summary: 'A block does not have the hash that its CID says.',
    remedy: 'Get it from somebody else; who sent it is damaged or lies.',
  },
  'car.invalid': {
    kind: 'input',
    summary: 'The archive is damaged, cut off or no CAR.',
    remedy: 'Get it again, or have it made again by whoever has the content.',
  },
  'block.missing': {
    kind: 'not-found',
    summary: 'A block that is needed is not on this machine.',
    remedy: 'Fetch its CID first (`peerage get`), or pin it while others who have it are online.',
  },
  'circle.denied': {
    kind: 'refused',
    summary: 'The circle does not allow you this.',
    remedy: 'Ask one of its admins; `peerage circle show NAME` lists them.',
  },
  'circle.unknown': {
    kind: 'not-found',
    summary: 'There is no such circle here.',
    remedy: '`peerage circles` lists those that you are in.',
  },
  'config.invalid': {
    kind: 'input',
    summary: 'A configuration value is not allowed.',
    remedy: 'See `peerage config` for the allowed values and correct the named key.',
  },
  'contact.exists': {
    kind: 'conflict',
    summary: 'A contact has that name, or that peer has one.',
    remedy: 'Choose another name, or rename the other contact; `peerage contacts` lists them.',
  },
  'contact.unknown': {
    kind: 'not-found',
    summary: 'There is no such contact.',
    remedy: '`peerage contacts` lists them; `peerage contact add` or an invite makes one.',
  },
  'content.denied': {
    kind: 'refused',
    summary: 'A denylist that this peer follows names it.',
    remedy: 'To allow it, take that line out of the list, or the list out of `ipfs.denylists`.',
  },
  'content.invalid': {
    kind: 'input',
    summary: 'The info dictionary breaks the BitTorrent specification.',
    remedy: 'Ask for the torrent or link again from whoever made it.',
  },
  'content.no-such-file': {
    kind: 'not-found',
    summary: 'This content has no such file.',
    remedy: 'See `peerage files CONTENT` for the names of its files, `peerage ls CID` for those of a CID.',
  },
  'content.unknown': {
    kind: 'not-found',
    summary: 'This peer has no such content.',
    remedy: 'See `peerage list` for what is here, `peerage shares CONTACT` for what a contact has for you.',
  },
  'daemon.running': {
    kind: 'conflict',
    summary: 'Another Peerage already uses this home.',
    remedy: 'Use it, stop it with `peerage stop`, or choose another home with --home.',
  },
  'daemon.unreachable': {
    kind: 'network',
    summary: 'No running daemon answers for this home.',
    remedy: 'Start one with `peerage start`.',
  },
  'dag.invalid': {
    kind: 'input',
    summary: 'The blocks behind this CID break the rules of IPFS.',
    remedy: 'Do not fetch it; whoever made it made a mistake or means harm.',
  },
  'dag.limit': {
    kind: 'limit',
    summary: 'What is behind this CID exceeds a bound (depth, entries, size of a block or of a name).',
    remedy: 'Ask for a part of it, such as one file: CID/PATH.',
  },
  'dag.unsupported': {
    kind: 'input',
    summary: 'This CID has a hash function or a codec that is not read here.',
    remedy: 'Ask for it again with SHA-256 and UnixFS, which all programs of IPFS have.',
  },
  'grant.invalid': {
    kind: 'refused',
    summary: 'A grant was refused.',
    remedy: 'Ask the owner of the content for a new one: connecting to it is enough.',
  },
  'identity.damaged': {
    kind: 'corrupt',
    summary: 'The identity key file is damaged.',
    remedy:
      'Restore identity.key from a copy; or move it away to get a new identity, under which others do not know you.',
  },
  'identity.exists': {
    kind: 'conflict',
    summary: 'This home has another identity.',
    remedy: 'Choose another home with --home, or keep the other identity beside with --move-aside.',
  },
  'identity.exposed': {
    kind: 'refused',
    summary: 'Other users of this machine can read the identity key, and it cannot be hidden from them.',
    remedy: 'Move the home to a disk with file permissions, or take the permissions away with chmod 600.',
  },
  'identity.phrase-invalid': {
    kind: 'input',
    summary: 'The back-up phrase is not complete or mistyped.',
    remedy: 'It has 24 words; write them as they stand on paper, in their order.',
  },
  'identity.unreadable': {
    kind: 'disk',
    summary: 'The identity key file cannot be read or written.',
    remedy: 'Check the permissions of the named path and the space on its disk.',
  },
  'index.damaged': {
    kind: 'corrupt',
    summary: 'The index database was damaged.',
    remedy: 'Nothing to do: it is rebuilt from the files; the damaged one was kept beside it.',
  },
  'internal.bug': {
    kind: 'internal',
    summary: 'Something that should not happen happened.',
    remedy: 'Please report it with the log.',
  },
  'invite.code-invalid': {
    kind: 'input',
    summary: 'The invite code or link is mistyped.',
    remedy: 'A code looks like 7-crossover-clockwork; copy all of it.',
  },
  'invite.not-found': {
    kind: 'network',
    summary: 'Nobody who can be reached has given out this code.',
    remedy:
      'Look whether the other side still waits, and whether both are on one network or have a peer in common.',
  },
  'invite.refused': {
    kind: 'refused',
    summary: 'The invite was refused: it is wrong, used, withdrawn or over.',
    remedy: 'Ask for a new one.',
  },
  'link.invalid': {
    kind: 'input',
    summary: 'This text is not a complete link.',
    remedy: 'Copy the whole link again; it starts with magnet:, peerage:, ipfs:// or ipns:// .',
  },
  'name.key-exists': {
    kind: 'conflict',
    summary: 'There is a key of that name already.',
    remedy: 'Choose another name; `peerage name key list` lists the keys.',
  },
  'name.key-unknown': {
    kind: 'not-found',
    summary: 'There is no key of that name.',
    remedy: '`peerage name key list` lists the keys; `peerage name key create NAME` makes one.',
  },
  'name.no-link': {
    kind: 'not-found',
    summary: 'This domain points at nothing on IPFS: it has no DNSLink.',
    remedy:
      'Check the domain. Whoever owns it puts the text `dnslink=/ipfs/CID` into DNS at `_dnslink.DOMAIN`; a new one is seen after some minutes.',
  },
  'name.refused': {
    kind: 'refused',
    summary: 'What was found under this name must not be believed.',
    remedy: 'Ask whoever owns the name to publish it again.',
  },
  'name.unknown': {
    kind: 'not-found',
    summary: 'Nobody who was asked knows what this name points at.',
    remedy: 'Check the name; whoever owns it may have been away for more than two days.',
  },
  'network.egress-down': {
    kind: 'network',
    summary: 'The interface or proxy that everything must leave through is not there, so nothing was sent.',
    remedy: 'Start the VPN or the proxy: all goes on by itself then. `peerage doctor` tells what is missing.',
  },
  'network.limit': {
    kind: 'limit',
    summary: 'Too many connections, streams or dials at once.',
    remedy: 'Wait and try again, or raise the named limit of the network.',
  },
  'network.no-peers': {
    kind: 'network',
    summary: 'No peer that holds this content could be reached.',
    remedy: 'Check that the other side is running and reachable; see `peerage doctor`.',
  },
  'network.port-in-use': {
    kind: 'conflict',
    summary: 'The port is already in use.',
    remedy: 'Choose another with --port (0 takes any free one) or stop the program that uses it.',
  },
  'network.unreachable': {
    kind: 'network',
    summary: 'The peer could not be reached.',
    remedy: 'Check its address and that it is running; see `peerage doctor`.',
  },
  'path.unsafe': {
    kind: 'input',
    summary: 'A name in this content would lead outside its folder or is not allowed.',
    remedy: 'Do not fetch it; whoever made it made a mistake or means harm.',
  },
  'peer-id.invalid': {
    kind: 'input',
    summary: 'This text is not a peer id.',
    remedy: 'Copy the whole id again; it starts with 12D3KooW. `peerage id` prints it.',
  },
  'peer.protocol': {
    kind: 'network',
    summary: 'The other side broke the protocol.',
    remedy: 'Nothing to do: it was disconnected; other peers are used.',
  },
  'remote.attempts': {
    kind: 'limit',
    summary: 'Too many wrong passwords came; no more is looked at for now.',
    remedy: 'Wait a minute and try again, or use the page on the computer itself.',
  },
  'remote.no-password': {
    kind: 'conflict',
    summary: 'Remote access has no password yet.',
    remedy: 'Set one with `peerage remote password`, or on the page of settings.',
  },
  'remote.password-wrong': {
    kind: 'refused',
    summary: 'This is not the password of remote access.',
    remedy: 'Try again; on the computer itself `peerage remote password` sets a new one.',
  },
  'statement.invalid': {
    kind: 'refused',
    summary: 'A signed statement of another peer was refused.',
    remedy: 'Nothing needs to be done; `peerage audit` says who sent it.',
  },
  'store.disk-full': {
    kind: 'disk',
    summary: 'The disk is full.',
    remedy: 'Free some space, then `peerage resume`; what was fetched is kept.',
  },
  'store.exists': {
    kind: 'conflict',
    summary: 'Another file stands where this one should go.',
    remedy: 'Choose another folder with --into, or replace it with --overwrite.',
  },
  'store.io': {
    kind: 'disk',
    summary: 'The disk refused to read or write.',
    remedy: 'Check the disk and the permissions of the named path, then `peerage resume`.',
  },
  'store.read-only': {
    kind: 'disk',
    summary: 'The target folder cannot be written.',
    remedy: 'Choose another folder with --into, or change its permissions.',
  },
  'store.source-changed': {
    kind: 'conflict',
    summary: 'A shared file changed on disk, so its old content is no longer offered.',
    remedy: 'Share it again to offer what it is now.',
  },
  'store.source-unreadable': {
    kind: 'disk',
    summary: 'A file to be shared cannot be read.',
    remedy: 'Check that it exists and that you may read it, or leave it out.',
  },
  'store.target-missing': {
    kind: 'disk',
    summary: 'The target folder is gone.',
    remedy: 'Connect the disk or create the folder again, then `peerage resume`.',
  },
  'usage.invalid': {
    kind: 'usage',
    summary: 'The command was not understood.',
    remedy: 'See `peerage --help` or `peerage COMMAND --help`.',
  },
  'wire.invalid': {
    kind: 'network',
    summary: 'A message breaks the wire protocol.',
    remedy: 'Nothing to do: the sender is disconnected.',
  },
  'wire.limit': {
    kind: 'limit',
    summary: 'A message exceeds a bound of the wire protocol.',
    remedy: 'Nothing to do: the sender is disconnected.',
  },
}

export interface PeerageErrorOptions {
  /** Facts that help to act: paths, sizes, names. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/**
 * The only error that Peerage throws for things that go wrong outside the program. Programmer mistakes are `TypeError`;
 * cancellation rethrows `signal.reason`.
 */
export class PeerageError extends Error {
  override readonly name: string = 'PeerageError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message?: string, options: PeerageErrorOptions = {}) {
    super(
      message ?? errorTable[code].summary,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.code = code
    this.details = options.details ?? {}
  }

  get kind(): ErrorKind {
    return errorTable[this.code].kind
  }

  get remedy(): string {
    return errorTable[this.code].remedy
  }

  toJSON(): {
    code: ErrorCode
    kind: ErrorKind
    message: string
    remedy: string
    details: Readonly<Record<string, unknown>>
  } {
    return {
      code: this.code,
      kind: this.kind,
      message: this.message,
      remedy: this.remedy,
      details: this.details,
    }
  }
}
