import type { LineProjectionSpec, Poison, Projection } from './projection.js';

export function lineProjection<Line>(spec: LineProjectionSpec<Line>): Projection {
  return {
    name: spec.name,
    version: spec.version,
    forget: () => undefined,
    async apply(events, transaction) {
      const poison: Poison[] = [];
      const poisoned = new Set<string>();
      const lines: Line[] = [];
      for (const event of events) {
        if (poisoned.has(event.streamId)) continue;
        try {
          lines.push(...spec.linesOf(event));
        } catch (error) {
          poisoned.add(event.streamId);
          poison.push({ event, error });
        }
      }
      if (lines.length > 0) await spec.save(lines, transaction);
      return poison;
    },
  };
}
