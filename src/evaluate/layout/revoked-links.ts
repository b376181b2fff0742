/** Whoever is revoked did no step: his links are set aside, and the sublayouts that he signed, with all that is inside. */
import type { Digest } from '../../domain/artifact/digest.ts';
import type { Link, ProvenChain, ProvenLink, ProvenParty, ProvenStep } from '../../domain/policy/layout.ts';
import type { Revocation, RevocationBook } from '../../domain/policy/revocation.ts';
import { judgeRevocations, revocationCause } from '../vouched/revoked.ts';

/** A chain without the links of those who are revoked, and by what; none when nobody is. */
export interface Believed {
  readonly chain: ProvenChain;
  readonly fallen: readonly Revocation[];
}

/**
 * The revocation by which an owner or functionary falls, or what he says of something with these digests; no time is proven of what is
 * signed for a layout, so no date spares it.
 */
export function partyRevocation(
  { keys, certificates }: ProvenParty,
  books: readonly RevocationBook[],
  digests: readonly string[] = [],
): Revocation | undefined {
  return judgeRevocations(books, { keys, certificates, logEntries: [], digests }, undefined).fatal;
}

/**
 * Sets aside every link, at any depth, whose functionary is revoked, or that puts out the artifact under a revoked digest as well;
 * what is left is judged as if nobody had found the others.
 */
export function withoutRevoked(chain: ProvenChain, books: readonly RevocationBook[], artifact: Digest): Believed {
  if (books.length === 0) return { chain, fallen: [] };
  const fallen: Revocation[] = [];
  const steps = new Map([...chain.steps].map(([name, step]) => [name, believedStep(step, { books, artifact }, fallen)]));
  return fallen.length === 0 ? { chain, fallen } : { chain: { ...chain, steps }, fallen };
}

interface Against {
  readonly books: readonly RevocationBook[];
  readonly artifact: Digest;
}

function believedStep({ links, notes }: ProvenStep, { books, artifact }: Against, fallen: Revocation[]): ProvenStep {
  const told = [...notes];
  const believed = links.flatMap((link): readonly ProvenLink[] => {
    const { functionary, source, content } = link;
    const revocation = partyRevocation(functionary, books, content.kind === 'link' ? alsoNamed(content.link, artifact) : []);
    if (revocation !== undefined) {
      fallen.push(revocation);
      told.push({ source, text: revocationCause(revocation, undefined) });
      return [];
    }
    if (content.kind === 'link') return [link];
    const inner = withoutRevoked(content.chain, books, artifact);
    fallen.push(...inner.fallen);
    return [inner.fallen.length === 0 ? link : { ...link, content: { kind: 'sublayout', chain: inner.chain } }];
  });
  return { links: believed, notes: told };
}

/** All digests under which the link puts out the artifact: its own, and those that stand beside it. */
function alsoNamed({ products }: Link, artifact: Digest): readonly string[] {
  return [...products.values()]
    .map((digests) => digests.split(','))
    .filter((digests) => digests.includes(artifact))
    .flatMap((digests) => digests.map((digest) => digest.toLowerCase()));
}
