export const logsEn = {
  title: 'The log is a file',
  text: (home: string) => `${home}/log/peerage.log has what happened, one entry a line, without secrets.`,
}
