/** How long ago something was, for people, and as a duration that they may write. */

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** Days that people write. */
const USUAL = [1, 7, 14, 30, 60, 90, 180, 365, 730];

/** A moment with its age: `2026-11-27T10:00:00.000Z, 3 days ago`. Times in epoch milliseconds. */
export function momentText(at: number, now: number): string {
  return `${new Date(at).toISOString()}, ${ageText(now - at)}`;
}

function ageText(ms: number): string {
  const [count, unit] = ms >= DAY ? [Math.floor(ms / DAY), 'day'] : [Math.floor(ms / HOUR), 'hour'];
  return count < 1 ? (ms < -HOUR ? 'in the future' : 'just now') : `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}

/** The shortest usual duration that something of this age keeps within, with a day to spare; at most 3650 days. */
export function roundAge(ms: number): string {
  const days = Math.ceil(Math.max(0, ms) / DAY);
  return `${USUAL.find((usual) => usual >= days + (days > 1 ? 1 : 0)) ?? Math.min(days + 30, 3650)}d`;
}
