// Times in JWS envelopes are RFC 3339 read strictly; whatever Date.parse reads of the same text is the same moment.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJws } from '../../../../src/verify/notation/jws.ts';
import { Refusal } from '../../../../src/verify/problem.ts';

const url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The signing time of an envelope that says this, or undefined where it is refused. */
function read(time: string): number | undefined {
  const signed = {
    alg: 'ES256', cty: 'application/vnd.cncf.notary.payload.v1+json', crit: ['io.cncf.notary.signingScheme'],
    'io.cncf.notary.signingScheme': 'notary.x509', 'io.cncf.notary.signingTime': time,
  };
  const envelope = { payload: url({}), protected: url(signed), header: { x5c: ['AAAA'] }, signature: 'AAAA' };
  try {
    return readJws(Buffer.from(JSON.stringify(envelope))).attributes.signedAt;
  } catch (thrown) {
    if (thrown instanceof Refusal) return undefined;
    throw thrown;
  }
}

test.each<[string, number]>([
  ['2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)], ['2026-01-01T01:30:00+01:30', Date.UTC(2026, 0, 1)],
  ['2025-12-31T23:00:00-01:00', Date.UTC(2026, 0, 1)], ['2024-02-29T12:00:00.123456789Z', Date.UTC(2024, 1, 29, 12)],
])('%s is read', (text, at) => expect(read(text)).toBe(at));

test.each([
  '2026-02-30T00:00:00Z', '2023-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-00-01T00:00:00Z', '2026-01-00T00:00:00Z', '2026-01-01T24:00:00Z',
  '2026-01-01T00:60:00Z', '2026-01-01T00:00:60Z', '2026-01-01T00:00:00', '2026-01-01T00:00:00+24:00', '2026-01-01 00:00:00Z', '2026-01-01T00:00:00z',
  '0070-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '2026-01-01T00:00:00.Z', '',
])('%j is no time', (text) => expect(read(text)).toBeUndefined());

test('property: a time is what Date.parse reads, without what is below a second, if it reads back as it was written', () => {
  const two = (most: number): fc.Arbitrary<string> => fc.nat(most).map((value) => String(value).padStart(2, '0'));
  const zone = fc.oneof(fc.constant('Z'), fc.tuple(fc.constantFrom('+', '-'), two(25), two(61)).map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`));
  const parts = fc.tuple(fc.integer({ min: 1968, max: 2101 }), two(13), two(32), two(24), two(60), two(60), fc.constantFrom('', '.5', '.999999999'), zone);
  fc.assert(fc.property(parts, ([year, month, day, hour, minute, second, fraction, offset]) => {
    const [local, text] = [`${year}-${month}-${day}T${hour}:${minute}:${second}`, `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}${offset}`];
    const there = Date.parse(`${local}Z`);
    const at = Date.parse(`${local}${offset}`);
    const isReal = !Number.isNaN(at) && at >= 0 && new Date(there).toISOString().slice(0, 19) === local;
    expect(read(text)).toBe(isReal ? at : undefined);
  }), { numRuns: 2000 });
});
