/** A level of a track, with its number: `SLSA_BUILD_LEVEL_3`. Properties such as `SLSA_BUILD_REPRODUCED` have none. */
const TRACK_LEVEL = /^(SLSA_[A-Z][A-Z_]*_LEVEL_)(\d)$/;

/**
 * True when the verified levels contain the wanted one, or a higher one of the same track, which implies it. Anything
 * else than a numbered level is compared exactly; `…_LEVEL_UNEVALUATED` implies nothing (SLSA verification_summary, "SlsaResult").
 */
export function hasLevel(verified: readonly string[], wanted: string): boolean {
  const [, track, number] = TRACK_LEVEL.exec(wanted) ?? [];
  if (track === undefined || number === undefined) return verified.includes(wanted);
  return verified.some((level) => {
    const [, sameTrack, higher = ''] = TRACK_LEVEL.exec(level) ?? [];
    return sameTrack === track && higher >= number;
  });
}
