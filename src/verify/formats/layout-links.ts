/** Links beside an artifact are looked at together, for the layouts of policies, and by themselves prove nothing. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { isObject } from '../../text/json/fields.ts';
import { readJsonText } from '../../text/json/read.ts';
import type { LayoutProof, TrustedLayout } from '../../domain/policy/layout-requirement.ts';
import type { LayoutFile, LayoutKey } from '../intoto/index.ts';
import { proveLayout } from '../intoto/index.ts';
import { LARGEST_LINK } from './links-aside.ts';
import type { Proofs } from '../proof.ts';

const TITLE = 'org.opencontainers.image.title';

/**
 * Proves every layout that policies carry with all files of the artifact that may be links. Proofs of layouts stand
 * apart from all other proofs: a link vouches for nothing outside of its layout.
 */
export function verifyLayoutLinks(evidence: UnverifiedEvidence, job: VerificationJob): Proofs {
  const files = (evidence.parts ?? []).filter(({ bytes }) => bytes.length <= LARGEST_LINK).map(toFile);
  return { proofs: [], problems: [], partial: false, layouts: (job.trust.layouts ?? []).map((layout) => proveOne(layout, files)) };
}

/** The title that the file was pushed with tells its name, and the folder of a sublayout's links. */
function toFile({ source, bytes, annotations = {} }: UnverifiedEvidence): LayoutFile {
  const title = Object.hasOwn(annotations, TITLE) ? annotations[TITLE] : undefined;
  if (title === undefined) return { source, bytes };
  const slash = title.lastIndexOf('/');
  return {
    source: `${source} (${title.slice(0, 200)})`,
    bytes,
    name: title.slice(slash + 1),
    ...(slash < 0 ? {} : { place: title.slice(0, slash) }),
  };
}

function proveOne({ id, document, owners, ownerKeys }: TrustedLayout, files: readonly LayoutFile[]): LayoutProof {
  const keys: LayoutKey[] = owners.map(({ name, keys: anyOf }) => ({ name, anyOf }));
  for (const text of ownerKeys) {
    const read = readJsonText(text);
    if (!read.ok || !isObject(read.value))
      return {
        layoutId: id,
        ok: false,
        problem: { code: 'VERIFY_ALGORITHM', found: 'an owner key that is no JSON object', expected: 'an in-toto key object' },
      };
    keys.push({ inToto: read.value });
  }
  const proof = proveLayout({ source: 'the layout of the policy', layout: Buffer.from(document, 'utf8'), keys, files });
  return proof.ok ? { layoutId: id, ok: true, chain: proof.value } : { layoutId: id, ok: false, problem: proof.problem };
}
