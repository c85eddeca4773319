export const shellEn = {
  restart: {
    pending: (count: number) =>
      count === 1
        ? 'One change holds when Peerage is started again.'
        : `${count} changes hold when Peerage is started again.`,
    now: 'Start again now',
    running: 'Peerage is starting again. What you typed stays.',
    fallback: 'Peerage could not start with what was set last, so the values of before hold.',
  },
  pages: {
    home: 'Home',
    transfers: 'Transfers',
    library: 'Library',
    people: 'People',
    network: 'Network',
    ipfs: 'IPFS',
    settings: 'Settings',
    logs: 'Logs',
    about: 'About',
    share: 'Share',
    get: 'Get',
    'first-run': 'Welcome',
  },
  title: (page: string) => `${page} · Peerage`,
  navigation: 'Main',
  more: 'More',
  skip: 'Skip to the content',
  lost: {
    title: 'Peerage does not answer.',
    text: 'It may be restarting. What you typed stays here; this page goes on by itself.',
    again: 'Try now',
    back: 'Connected again.',
  },
  signIn: {
    title: 'Open Peerage',
    text: 'This page needs the key of the peer that runs on this computer. In a terminal, `peerage open` opens it; or paste the address that it prints, or the key, here.',
    expired: 'The key is no longer valid. Peerage may have been set up anew.',
    label: 'Address or key',
    submit: 'Open',
    used: 'This address was used already, or is older than five minutes. In a terminal, `peerage open` gives a new one.',
    wrong:
      'This is not a key of Peerage. It has 64 letters and digits, or is the whole address that was printed.',
    failed: 'Peerage does not answer. Is it still running?',
    where:
      'An address is good once and for five minutes. The key stands in the file api.token of the home folder.',
  },
  notFound: {
    title: 'There is no such page',
    text: 'The address may be old or mistyped.',
    home: 'Go home',
  },
  theme: { label: 'Colours', auto: 'Like the system', light: 'Light', dark: 'Dark' },
  language: { label: 'Language', en: 'English', de: 'Deutsch' },
  palette: {
    title: 'Search and commands',
    search: 'Page, content, person or command',
    nothing: 'Nothing has this name.',
    groups: { pages: 'Page', actions: 'Command', contents: 'Content', people: 'Person' },
    themes: { auto: 'Colours like the system', light: 'Light colours', dark: 'Dark colours' },
    languages: { en: 'Language: English', de: 'Language: Deutsch' },
  },
  keys: {
    title: 'Keyboard shortcuts',
    palette: 'Search and commands',
    help: 'This help',
    table: 'In lists: move, select, open, remove',
    escape: 'Close what is open',
  },
  loading: 'Loading',
  commands: 'Search and commands',
}
