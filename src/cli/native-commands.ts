import type { CommandInfo, FieldInfo } from './command-info.ts'

function option(name: string, description: string, type: FieldInfo['type'] = 'boolean'): FieldInfo {
  return { name, description, type, required: false, positional: false }
}

/** Commands that exist on the command line only; all others come from operations. */
export const nativeCommands: readonly CommandInfo[] = [
  {
    words: 'start',
    summary: 'Run the peer until Ctrl-C, for all commands to use',
    example: 'peerage start',
    kind: 'value',
    fields: [
      option('background', 'Return as soon as the peer is ready; `peerage stop` ends it.'),
      option('noOpen', 'Leave the browser alone; without it, the web app opens where there is a desktop'),
    ],
  },
  {
    words: 'config',
    summary: 'List every configuration value',
    example: 'peerage config',
    operation: 'config.list',
    kind: 'value',
    fields: [],
  },
  {
    words: 'logs',
    summary: 'Show the latest entries of the log',
    example: 'peerage logs --follow --level warn',
    operation: 'logs.list',
    kind: 'value',
    fields: [
      option('follow', 'Go on with each that comes, until Ctrl-C'),
      {
        ...option('level', 'Least important level; what is written at all is daemon.logLevel', 'string'),
        choices: ['debug', 'info', 'warn', 'error'],
      },
      option('room', 'Part of the program, for example network', 'string'),
      option('text', 'Text that must be in it', 'string'),
      option('count', 'How many of the latest entries', 'integer'),
    ],
  },
  {
    words: 'id backup',
    summary: 'Show the 24 words that restore this identity; whoever has them is you',
    example: 'peerage id backup',
    kind: 'value',
    fields: [],
  },
  {
    words: 'id restore',
    summary: 'Restore an identity from its 24 words, which are asked for or read from a pipe',
    example: 'peerage id restore --home ~/restored',
    kind: 'value',
    fields: [
      {
        name: 'words',
        description: 'The words; others can see them there in the list of processes',
        type: 'array',
        items: 'string',
        required: false,
        positional: true,
      },
      option('moveAside', 'Keep another identity that the home has in a file beside the restored one'),
    ],
  },
  {
    words: 'id passphrase',
    summary: 'Add, change or remove the passphrase of the identity key',
    example: 'peerage id passphrase',
    kind: 'value',
    fields: [option('remove', 'Keep the key without a passphrase')],
  },
  {
    words: 'completion',
    summary: 'Print the completion script of a shell',
    example: 'source <(peerage completion bash)',
    kind: 'value',
    fields: [
      {
        name: 'shell',
        description: 'Which shell',
        type: 'string',
        required: true,
        positional: true,
        choices: ['bash', 'zsh', 'fish'],
      },
    ],
  },
  {
    words: 'help',
    summary: 'Explain a command',
    example: 'peerage help share',
    kind: 'value',
    fields: [
      {
        name: 'command',
        description: 'Which command',
        type: 'array',
        items: 'string',
        required: false,
        positional: true,
      },
    ],
  },
]
