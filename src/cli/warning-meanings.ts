/** What a warning about a name means to a person. */
export const warningMeanings = {
  runs: 'runs a program when it is opened',
  disguised: 'RUNS A PROGRAM, AND LOOKS LIKE SOMETHING ELSE',
  unseen: 'has characters that cannot be seen',
  reserved: 'some systems take the name for a device',
  long: 'the name is too long for a disk and is cut',
} as const
