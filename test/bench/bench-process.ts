/** What a process of a bench tells the one that started it: that it works, and at the end what it took. */
export function ready(): void {
  process.send?.('ready');
}

/** Resolves when the bench says that it is over. */
export function untilToldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    process.once('message', () => {
      resolve();
    });
  });
}

export function reportFigures(seconds: number): void {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.send?.({ seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMegabytes: maxRSS / 1000 });
  process.disconnect();
}
