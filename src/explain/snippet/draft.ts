/** A policy on its way: for each proven statement the forms in which it may be asked for, and where each of them stands. */
import type { VerifiedEvidence } from '../../domain/evidence.ts';
import type { InspectedBuild, Inspection } from '../../domain/decision/inspection.ts';
import { describeType, familyOf } from '../../domain/policy/predicate-types.ts';
import { endOfScan, remarkOf } from './remarks.ts';
import type { Remark } from './remarks.ts';
import { formsOf } from './forms.ts';
import type { Form } from './forms.ts';
import { nameSigners } from './signers.ts';
import type { KnownKeys, Named } from './signers.ts';

/** Requirements that a policy may have. */
const MOST_DEMANDS = 100;
/** Signers of tags that a policy is written to take approvals of. */
const MOST_APPROVERS = 10;

/** What one signer states, asked for in the strongest of its forms that holds. */
export interface Demand {
  readonly signer: Named;
  /** Strongest first. */
  readonly forms: readonly Form[];
  readonly remark: Remark;
  /** What it is about, for the line that says why it is not asked for. */
  readonly about: string;
  /** It signs a tag of the commit: whoever is asked to sign the commit or to approve it is asked for nothing else. */
  readonly isTag: boolean;
}

/** Everything of an inspection that may be asked for, and what is left out from the start. */
export interface Draft {
  readonly artifact: Inspection['artifact'];
  readonly keys: KnownKeys;
  readonly demands: readonly Demand[];
  readonly leftOut: readonly string[];
}

/** Which form of a demand is taken, by its index; past the last one it is left out. `because`: why each of those before it is not. */
export interface Standing {
  readonly form: number;
  readonly because: readonly string[];
}

/** What may be asked for of an inspection at `now`, epoch milliseconds. Builds that their signer may not claim never are. */
export function draftPolicy(inspection: Inspection, keys: KnownKeys, now: number): Draft {
  const builds = new Map(inspection.evidence.flatMap((piece) => [...piece.builds]));
  const claimed = inspection.evidence.flatMap(({ verified }) => verified);
  const proofs = claimed.filter((proof) => builds.get(proof)?.plausible !== false);
  const signers = nameSigners(proofs);
  const tagging = signers.filter((signer) => signer.proofs.some(isTag)).map(({ name }) => name).slice(0, MOST_APPROVERS);
  const all = signers.flatMap((signer) => demandsOf(signer, { builds, now, approvers: tagging.filter((name) => name !== signer.name) }));
  const demands = all.slice(0, MOST_DEMANDS);
  const leftOut = claimed.filter((proof) => !proofs.includes(proof))
    .map((proof) => `${aboutOf(proof)}: its signer may not claim that ${builds.get(proof)?.builder ?? ''} has built it`);
  const tooMany = all.length > demands.length ? [`${all.length - demands.length} more: a policy has at most ${MOST_DEMANDS} requirements`] : [];
  return { artifact: inspection.artifact, keys, demands, leftOut: [...new Set(leftOut), ...tooMany] };
}

/** What goes for every signer. */
interface Around {
  readonly builds: ReadonlyMap<VerifiedEvidence, InspectedBuild>;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Others who have signed tags of the commit. */
  readonly approvers: readonly string[];
}

/** One for all statements of a signer that are asked for alike. */
function demandsOf(signer: Named, { builds, now, approvers }: Around): readonly Demand[] {
  const alike = new Map<string, { readonly forms: readonly Form[]; readonly proofs: VerifiedEvidence[] }>();
  for (const proof of signer.proofs) {
    const forms = formsOf(proof, builds.get(proof), approvers);
    const key = JSON.stringify(forms.length === 0 ? [proof.statement?.predicateType] : forms);
    const known = alike.get(key) ?? { forms, proofs: [] };
    known.proofs.push(proof);
    alike.set(key, known);
  }
  return [...alike.values()].flatMap(({ forms, proofs }) => {
    const [proof] = proofs.toSorted((a, b) => (endOfScan(b.statement?.predicate) ?? 0) - (endOfScan(a.statement?.predicate) ?? 0));
    if (proof === undefined) return [];
    return [{ signer, forms, remark: remarkOf(proof, builds.get(proof), now), about: aboutOf(proof), isTag: isTag(proof) }];
  });
}

function isTag({ gitObject }: VerifiedEvidence): boolean {
  return gitObject === 'tag';
}

function aboutOf({ kind, statement }: VerifiedEvidence): string {
  if (kind === 'signature' || statement === undefined) return 'a signature';
  return familyOf(statement.predicateType) ?? describeType(statement.predicateType);
}
