export {
  type BencodeLimits,
  decode,
  decodeAround,
  decodeDictionary,
  decodeFirst,
  defaultBencodeLimits,
} from './bencode-decode.ts'
export { BencodeWriter, encode } from './bencode-encode.ts'
export {
  type Bencoded,
  binaryString,
  bytesAt,
  bytesOfKey,
  type Dictionary,
  dictionary,
  dictionaryAt,
  type Encodable,
  integerAt,
  isDictionary,
  key,
  keyText,
  listAt,
  textAt,
} from './bencoded.ts'
export {
  type BitswapBlock,
  type BitswapMessage,
  type BitswapNotes,
  type BitswapPart,
  type BitswapPresence,
  BitswapReader,
  type BitswapWant,
  type BlockRoom,
  bitswapLimits,
  encodeBitswap,
  encodeRawBlocks,
} from './bitswap.ts'
export {
  type CarHeader,
  CarReader,
  carLimits,
  carSectionHead,
  carV2DataOffset,
  carV2Head,
  encodeCarHeader,
} from './car.ts'
export {
  type CircuitLimit,
  type CircuitReservation,
  circuitLimits,
  circuitStatus,
  decodeHopMessage,
  decodeStopMessage,
  decodeVoucher,
  encodeHopMessage,
  encodeStopMessage,
  encodeVoucher,
  type HopMessage,
  type StopMessage,
  type Voucher,
  voucherDomain,
  voucherType,
} from './circuit.ts'
export {
  addressBytes,
  addressText,
  type CompactPeer,
  decodeCompactPeers,
  encodeCompactPeers,
} from './compact-peers.ts'
export { defaultWireConfig, type WireConfig, wireConfig } from './config.ts'
export { type DagCborLimits, dagCborLinks } from './dag-cbor-links.ts'
export {
  dagPbLimits,
  dagPbLinkBytes,
  decodeDagPb,
  encodeDagPb,
  type PbLink,
  type PbNode,
} from './dag-pb.ts'
export {
  type DcutrMessage,
  dcutrLimits,
  dcutrTokenBytes,
  decodeDcutr,
  encodeDcutr,
  natKinds,
} from './dcutr.ts'
export { DelimitedReader, encodeDelimited, takeDelimited } from './delimited.ts'
export {
  decodeEnvelope,
  type Envelope,
  encodeEnvelope,
  envelopeLimits,
  envelopeSigningInput,
} from './envelope.ts'
export {
  decodeExtensionHandshake,
  type ExtensionHandshake,
  type ExtensionHandshakeLimits,
  encodeExtensionHandshake,
  extensionHandshakeId,
  extensionNames,
} from './extension-handshake.ts'
export { encodeFrame, FrameReader } from './frame-reader.ts'
export {
  decodeGossip,
  encodeGossip,
  type GossipMessage,
  gossipFrameReader,
  gossipLimits,
} from './gossip.ts'
export {
  beginsHandshake,
  decodeHandshake,
  encodeHandshake,
  type Handshake,
  type HandshakeFlags,
  handshakeBytes,
} from './handshake.ts'
export { decodeHolepunch, encodeHolepunch, type Holepunch, type HolepunchError } from './holepunch.ts'
export { type ContentRange, parseContentRange, parseRetryAfter } from './http-range.ts'
export { type HttpHead, HttpResponseReader, type HttpSink, maxHttpHeadBytes } from './http-response.ts'
export {
  type AnnounceReply,
  type AnnounceRequest,
  announceUrl,
  decodeAnnounceReply,
  decodeScrapeReply,
  type ScrapeReply,
  type SwarmCounts,
  scrapeUrl,
} from './http-tracker.ts'
export {
  type Announced,
  decodeTrackerQuery,
  encodeAnnounced,
  encodeScraped,
  encodeTrackerFailure,
  type TrackerQuery,
} from './http-tracker-server.ts'
export {
  decodeInviteKnock,
  decodeInviteProof,
  decodeInviteReply,
  decodeInviteVerdict,
  encodeInviteKnock,
  encodeInviteProof,
  encodeInviteReply,
  encodeInviteVerdict,
  type InviteKnock,
  type InviteProof,
  type InviteReply,
  type InviteVerdict,
  inviteFrameReader,
  inviteLimits,
} from './invite-frames.ts'
export {
  decodeInviteGift,
  decodeInviteIntroduction,
  decodeInviteReport,
  encodeInviteGift,
  encodeInviteIntroduction,
  encodeInviteReport,
  type InviteGift,
  type InviteIntroduction,
  type InviteOffer,
  type InviteReport,
  inviteMessageLimits,
  packStatements,
  unpackStatements,
} from './invite-messages.ts'
export {
  decodeIpnsRecord,
  encodeIpnsRecord,
  type IpnsFields,
  type IpnsRecord,
  ipnsLimits,
} from './ipns-record.ts'
export {
  decodeKademlia,
  encodeKademlia,
  type KademliaConnection,
  type KademliaMessage,
  type KademliaPeer,
  type KademliaRecord,
  type KademliaType,
  kademliaLimits,
} from './kademlia.ts'
export {
  type DhtContact,
  encodeKrpc,
  type KrpcError,
  type KrpcItem,
  type KrpcMessage,
  type KrpcMethod,
  type KrpcQuery,
  type KrpcResponse,
  type KrpcSample,
  krpcErrors,
} from './krpc.ts'
export { decodeKrpc, krpcLimits } from './krpc-decode.ts'
export {
  decodeLocalAnnouncement,
  encodeLocalAnnouncement,
  type LocalAnnouncement,
  maxLocalNames,
} from './local-announcement.ts'
export {
  decodeMeetAnswer,
  decodeMeetRequest,
  encodeMeetAnswer,
  encodeMeetRequest,
  type MeetRequest,
  maxMeetBytes,
} from './meet-frames.ts'
export { type CopyBytes, MessageDecoder, type MessageDecoderOptions } from './message-decoder.ts'
export {
  decodeMetadataMessage,
  encodeMetadataMessage,
  type MetadataMessage,
  metadataBlockBytes,
} from './metadata-message.ts'
export {
  MseConversation,
  type MseDial,
  type MseListen,
  type MseMethod,
  type MseScript,
  mseDial,
  mseListen,
  type Secured,
} from './mse.ts'
export { mseKeyBytes, mseSwarmKey } from './mse-keys.ts'
export { decodeNatProbe, encodeNatProbe, isNatProbe, type NatProbe, natTokenBytes } from './nat-probe.ts'
export {
  decodePeerExchange,
  encodePeerExchange,
  type PeerExchange,
  peerExchangeLimits,
} from './peer-exchange.ts'
export {
  decodePeerRecord,
  encodePeerRecord,
  type PeerRecordPayload,
  peerRecordDomain,
  peerRecordLimits,
  peerRecordType,
} from './peer-record.ts'
export {
  type BlockFields,
  encodeMessage,
  encodePieceHeader,
  type HashFields,
  type Message,
  type MessageType,
  messageIds,
  pieceHeaderBytes,
} from './peer-wire.ts'
export { bytesField, encodeVarint, ProtobufReader, varintField, wireTypes } from './protobuf.ts'
export { decodePublicKey, encodePublicKey } from './public-key.ts'
export { Rc4 } from './rc4.ts'
export {
  decodeRendezvous,
  encodeRendezvous,
  type Registration,
  type RendezvousMessage,
  rendezvousLimits,
  rendezvousStatus,
} from './rendezvous.ts'
export {
  decodeSharesMessage,
  encodeSharePages,
  encodeSharesWord,
  type ListedShare,
  type SharesMessage,
  sharesFrameReader,
  sharesLimits,
} from './shares.ts'
export {
  decodeSwarmAnswer,
  decodeSwarmHello,
  encodeSwarmAnswer,
  encodeSwarmHello,
  type SwarmAnswer,
  type SwarmHello,
  swarmFrameReader,
  swarmHelloLimits,
} from './swarm-hello.ts'
export { decodeSwarmKey, encodeSwarmKey, maxSwarmKeyFileBytes, swarmKeyBytes } from './swarm-key.ts'
export {
  decodeUdpTrackerReply,
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  maxUdpScrape,
  type UdpTrackerReply,
  udpTrackerTransaction,
} from './udp-tracker.ts'
export {
  decodeUdpTrackerRequest,
  encodeUdpAnnounced,
  encodeUdpConnected,
  encodeUdpRefused,
  encodeUdpScraped,
  type UdpTrackerRequest,
} from './udp-tracker-server.ts'
export {
  decodeUdxGreeting,
  encodeUdxGreeting,
  isUdxGreeting,
  type UdxGreeting,
  udxCookieBytes,
  udxTokenBytes,
} from './udx-greeting.ts'
export {
  decodeUnixFs,
  encodeUnixFs,
  type UnixFsData,
  type UnixFsTime,
  type UnixFsType,
} from './unixfs.ts'
export { decodeUtPex, encodeUtPex, maxPexPeers, type PexPeer, type UtPex } from './ut-pex.ts'
export {
  decodeUtp,
  encodeUtp,
  isUtp,
  maxSackBytes,
  padUtp,
  type UtpHeader,
  type UtpPacket,
  type UtpType,
  utpHeaderBytes,
  writeUtpHeader,
} from './utp.ts'
export {
  decodeWhereabouts,
  encodeWhereabouts,
  type Whereabouts,
  type WhereaboutsType,
  whereaboutsLimits,
} from './whereabouts.ts'
