/** Whoever is revoked did no step: his links are set aside, and the sublayouts that he signed, with all that is inside. */
import type { ProvenChain, ProvenLink, ProvenParty, ProvenStep } from '../../domain/policy/layout.ts';
import type { Revocation, RevocationBook } from '../../domain/policy/revocation.ts';
import { judgeRevocations, revocationCause } from '../vouched/revoked.ts';

/** A chain without the links of those who are revoked, and by what; none when nobody is. */
export interface Believed {
  readonly chain: ProvenChain;
  readonly fallen: readonly Revocation[];
}

/** The revocation by which an owner or functionary falls; no time is proven of what is signed for a layout, so no date spares it. */
export function partyRevocation({ keys, certificates }: ProvenParty, books: readonly RevocationBook[]): Revocation | undefined {
  return judgeRevocations(books, { keys, certificates, logEntries: [], digests: [] }, undefined).fatal;
}

/** Sets aside every link, at any depth, whose functionary is revoked; what is left is judged as if nobody had found the others. */
export function withoutRevoked(chain: ProvenChain, books: readonly RevocationBook[]): Believed {
  if (books.length === 0) return { chain, fallen: [] };
  const fallen: Revocation[] = [];
  const steps = new Map([...chain.steps].map(([name, step]) => [name, believedStep(step, books, fallen)]));
  return fallen.length === 0 ? { chain, fallen } : { chain: { ...chain, steps }, fallen };
}

function believedStep({ links, notes }: ProvenStep, books: readonly RevocationBook[], fallen: Revocation[]): ProvenStep {
  const told = [...notes];
  const believed = links.flatMap((link): readonly ProvenLink[] => {
    const { functionary, source, content } = link;
    const revocation = partyRevocation(functionary, books);
    if (revocation !== undefined) {
      fallen.push(revocation);
      told.push({ source, text: revocationCause(revocation, undefined) });
      return [];
    }
    if (content.kind === 'link') return [link];
    const inner = withoutRevoked(content.chain, books);
    fallen.push(...inner.fallen);
    return [inner.fallen.length === 0 ? link : { ...link, content: { kind: 'sublayout', chain: inner.chain } }];
  });
  return { links: believed, notes: told };
}
