/** Time that really passes: for servers outside the world, and for reports of the run itself. */
export const realNow: () => number = performance.now.bind(performance);

export const realTimeout = globalThis.setTimeout;
