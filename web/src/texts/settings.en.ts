export const settingsEn = {
  lead: 'Changes hold at once, or after the next start where it says so.',
  search: 'Search',
  nothing: 'No setting has these words.',
  nothingHint: 'Try another word, or a part of one.',
  save: 'Save',
  cancel: 'Cancel',
  reset: 'Back to the default',
  on: 'On',
  changed: 'changed',
  restart: 'holds after a restart',
  fixedBy: (where: string) => `set by ${where}, which wins over what is set here`,
  flag: 'the command line',
  preset: 'from the preset',
  allowed: (what: string) => `Allowed: ${what}`,
  pending: (count: number) =>
    count === 1
      ? 'One change holds when Peerage is started again.'
      : `${count} changes hold when Peerage is started again.`,
  sections: {
    preset: 'Where you take part',
    files: 'Files and transfers',
    limits: 'Speed',
    network: 'Network',
    access: 'Who may what',
    relay: 'Relays',
    bittorrent: 'BitTorrent',
    ipfs: 'IPFS',
    gateway: 'Gateway',
    remote: 'Remote access',
    store: 'Storage',
    daemon: 'This program',
  },
}
