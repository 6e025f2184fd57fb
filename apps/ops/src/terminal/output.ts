/** What a command says: its result on standard output, everything else on standard error. */
export class Output {
  constructor(readonly isJson: boolean) {}

  /** The result, once: the object with --json, the lines for people without. */
  async result(object: object, lines: () => readonly string[]): Promise<void> {
    const text = this.isJson
      ? `${JSON.stringify(object)}\n`
      : lines()
          .map((line) => `${line}\n`)
          .join('');
    await writeOut(text);
  }

  /** Something beside the result. */
  say(line: string): void {
    process.stderr.write(`${line}\n`);
  }
}

/** Whether somebody still reads. Resolves when the text has been handed on, so a slow reader slows the writer. */
export function writeOut(text: string): Promise<boolean> {
  return new Promise((handedOn, failed) => {
    process.stdout.write(text, (error) => {
      if (error == null) handedOn(true);
      else if ((error as NodeJS.ErrnoException).code === 'EPIPE') handedOn(false);
      else failed(error);
    });
  });
}
