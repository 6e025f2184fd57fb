/** The data unpacks to more than the bound: a mistake of the producer, or an attempt to exhaust our memory. */
export class TooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`it unpacks to more than ${maxBytes} bytes`);
    this.name = 'TooLargeError';
  }
}
