import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Scene } from '../policy/every-field/judge.ts';
import { demanding } from '../policy/every-field/row.ts';
import { doc, HOUR, iso, MINUTE, NOW, world } from '../policy/every-field/world.ts';
import { KINDS, ownerWith, UNUSED } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { PEOPLE, SHAPES, signersWith } from './pieces.ts';
import type { Piece, Shape, Somebody } from './pieces.ts';
import { listOf, verdictWith } from './scenes.ts';
import type { Thing } from './scenes.ts';

/** A timestamp tells the time, and a stranger may leave the log entry out. */
const ROOT = doc('TrustRoot', 'world', { sigstore: { trustedRoot: world.trustedRoot(), require: { transparencyLog: 0, timestamps: 1 } } });
const SINCE = { 'ever': {}, 'before it was signed': { compromisedAt: iso(NOW - 2 * HOUR) }, 'after it was signed': { compromisedAt: iso(NOW - MINUTE) } } as const;
type Since = keyof typeof SINCE;

/** A demand, and per part of it who plays it, in which shape his word arrives. */
interface Case {
  readonly kind: Kind;
  readonly casts: readonly (readonly Piece[])[];
}
type Cast = readonly (readonly [by: Somebody, shape: Shape])[];

const somebody = Object.keys(PEOPLE) as readonly Somebody[];
const castOf = ({ need, cast = somebody }: Kind['roles'][number]): fc.Arbitrary<Cast> =>
  fc.tuple(fc.shuffledSubarray([...cast], { minLength: need, maxLength: Math.min(cast.length, need + 1) }), fc.array(fc.constantFrom(...SHAPES), { minLength: 3, maxLength: 3 }))
    .map(([people, shapes]) => people.map((by, index) => [by, shapes[index] ?? 'logged'] as const));
const cases = fc.constantFrom(...KINDS.keys()).chain((index) => fc.tuple(fc.constant(index), fc.tuple(...(KINDS[index]?.roles ?? []).map(castOf))));

const pieces = new Map<string, Piece>();
/** Real signatures take their time, so each word is given once. */
function play(kind: Kind, casts: readonly Cast[]): Case {
  const word = (role: number, by: Somebody, shape: Shape): Piece => {
    const key = `${kind.name} ${role} ${by} ${shape}`;
    const made = pieces.get(key) ?? kind.roles[role]?.make(by, shape);
    if (made === undefined) throw new Error(key);
    pieces.set(key, made);
    return made;
  };
  return { kind, casts: casts.map((cast, role) => cast.map(([by, shape]) => word(role, by, shape))) };
}

/** The scene, with the revocations in a list or in every Signer. */
function sceneOf({ kind, casts }: Case, entries: readonly Thing[], listed: boolean): Scene {
  const own = listed ? [] : entries;
  const { digest: elsewhere, from = casts.length } = kind.elsewhere ?? {};
  const evidence = (some: Case['casts']): Scene['evidence'] => some.flat().flatMap((piece) => piece.evidence);
  const scene = demanding(kind.demand(casts.map((cast) => cast.map(({ by }) => by))), { evidence: evidence(casts.slice(0, from)) });
  const documents = [...scene.documents.filter((one) => one.kind === 'ClusterArtifactPolicy'), ROOT, ...signersWith(own), ownerWith(own), ...(kind.documents ?? [])];
  return {
    ...scene,
    ...(elsewhere === undefined ? {} : { others: { [elsewhere]: evidence(casts.slice(from)) } }),
    documents: listed && entries.length > 0 ? [...documents, listOf(...entries)] : documents,
  };
}

/** Whether the thing takes the piece away, by what is known of how the piece was made. */
function falls(piece: Piece, thing: Thing, since: Since): boolean {
  const { logId } = (thing['logIndex'] ?? {}) as { readonly logId?: string };
  const speaks = piece.things.some((one) => JSON.stringify(one) === JSON.stringify(thing)) || (logId !== undefined && logId === piece.unproven);
  return speaks && !(piece.dated && since === 'after it was signed');
}

function holdsWithout({ kind, casts }: Case, thing: Thing, since: Since): boolean {
  return kind.roles.every(({ need }, role) => (casts[role] ?? []).filter((piece) => !falls(piece, thing, since)).length >= need);
}

describe('A1: revoking what every proof uses denies, and what none of them uses changes nothing', () => {
  test.each(KINDS.map((kind) => [kind.name, kind] as const))('A1: %s is satisfied while nothing is revoked', async (_, kind) => {
    const casts = kind.roles.map(({ need, cast = somebody }): Cast => cast.slice(0, need).map((by) => [by, 'logged']));
    expect(await verdictWith(sceneOf(play(kind, casts), [], true))).toMatch(/^admit/);
  });

  test('A1: any key, certificate, identity, log entry or digest, in every shape of the evidence', async () => {
    const seen = { admit: 0, deny: 0 };
    const since = fc.constantFrom<Since>('ever', 'ever', 'before it was signed', 'after it was signed');
    await fc.assert(fc.asyncProperty(cases, fc.nat(), fc.nat(9), fc.boolean(), since, async ([index, casts], pick, odds, listed, when) => {
      const [kind] = KINDS.slice(index);
      if (kind === undefined) throw new Error('no such kind');
      const one = play(kind, casts);
      const things = odds === 0 ? UNUSED : one.casts.flat().flatMap((piece) => piece.things);
      const thing: Thing = things[pick % things.length] ?? {};
      // Nobody but a list binds owners that are no Signers.
      const scene = sceneOf(one, [{ reason: 'laptop lost', ...thing, ...SINCE[when] }], listed || kind.name.includes('by key'));
      const expected = holdsWithout(one, thing, when) ? 'admit' : 'deny';
      seen[expected] += 1;
      expect([kind.name, thing, await verdictWith(scene)]).toEqual([kind.name, thing, expect.stringMatching(new RegExp(`^${expected}`))]);
    }), { numRuns: 60 });
    expect(Math.min(seen.admit, seen.deny)).toBeGreaterThan(5);
  });
});
