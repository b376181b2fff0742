const DURATION = /^(\d{1,9})(ms|s|m|h)$/;
const MILLISECONDS: ReadonlyMap<string, number> = new Map([['ms', 1], ['s', 1000], ['m', 60_000], ['h', 3_600_000]]);

/** Reads a duration (`500ms`, `10s`, `5m`, `720h`) as milliseconds; `undefined` when the text is none. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = DURATION.exec(text) ?? [];
  const factor = unit === undefined ? undefined : MILLISECONDS.get(unit);
  return factor === undefined ? undefined : Number(number) * factor;
}
