export const aboutEn = {
  lead: 'A network of equals: this computer shares and fetches without a server or an account.',
  version: 'Version',
  peer: 'Your peer',
  home: 'Home folder',
  since: 'Running since',
  memory: 'Memory in use',
  licence: 'Licence',
  mit: 'MIT: you may use, change and pass it on.',
  interface: 'For programs',
  openApi: 'Description of the local API (OpenAPI)',
  leaving: {
    title: 'What leaves this computer',
    lead: 'There is no account, no server of ours, no telemetry and no look for updates. This page talks to the peer on this computer only.',
    points: {
      peers:
        'Whoever you exchange with sees your address on the network and your peer id, as with every direct connection, and what you gave them permission for.',
      open: 'With the preset "open", the public networks of BitTorrent and IPFS see your address and what you look for there, and trackers see the torrents that name them.',
      circle:
        'With the preset "circle" only contacts and members of your circles are talked to, and relays among them, who cannot read what they carry.',
      lan: 'With the preset "lan" nothing leaves your local network.',
      locally:
        'In your local network others can see that a peer is here, unless you turn local discovery off.',
    },
  },
  parts: {
    title: 'Made with the work of others',
    lead: 'This page has these packages in it. Open one to read its licence.',
    none: 'Its licence is named, and has no text of its own.',
  },
}
