/** Policies from a registry: resolved, verified by our own engine, and only then read. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import { bytesDigest } from '../../domain/artifact/revision.ts';
import { parseImageReference } from '../../domain/artifact/image-reference.ts';
import type { EvidenceProblem, UnverifiedEvidence } from '../../domain/evidence.ts';
import type { DigestResolver, EvidenceSource, FetchProblem } from '../../domain/ports.ts';
import type { PullScope } from '../../domain/decision/review.ts';
import type { PolicyArtifacts } from '../../fetch/index.ts';
import { openFetchedPolicies } from '../../feeds/policies/fetched.ts';
import type { FetchedPolicies } from '../../feeds/policies/fetched.ts';
import type { PolicySource } from '../../feeds/policies/source.ts';
import type { FeedTime } from '../../feeds/polling.ts';
import type { OciSourceConfig } from '../../platform/config/policy-sources/oci.ts';
import { artifactRefusal } from '../../signed/index.ts';
import type { ArtifactSigners, FoundBeside, Versions } from '../../signed/index.ts';
import { runVerificationJob } from '../../verify/index.ts';
import type { SignerCertificates } from './signer-certificates.ts';
import { toOutcome } from '../../verify/verified.ts';

/** What policies from a registry take besides their configuration. */
export interface OciSourceParts {
  /** Registries that reach the host of the reference, whether it is private or not. */
  readonly registries: EvidenceSource & DigestResolver & Pick<PolicyArtifacts, 'policies'>;
  /** Who must have signed it, as their files say at this moment. */
  readonly signers: () => Omit<ArtifactSigners, 'threshold' | 'maxAge'>;
  readonly versions: Versions;
  /** What is known of revoked certificates of theirs; absent: nobody is asked. */
  readonly certificates?: Pick<SignerCertificates, 'known' | 'settled'>;
  /** What it is called, and its files begin with; by no other source. Default: HOST/PATH. */
  readonly place?: string;
  readonly now?: () => number;
  readonly took?: (version: string) => void;
  readonly refused?: (problem: string, ready: boolean) => void;
  readonly time?: FeedTime;
}

const OWN: PullScope = { namespace: '', serviceAccount: '', pullSecrets: [], credentials: 'own' };
/** All of it, with everything that a slow registry may take. */
const WITHIN_MS = 60_000;
const AUTHORITIES_MS = 10_000;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Follows policies of a registry; the first look is under way when this returns. Its name in metrics is `policies oci PLACE`. */
export function createOciSource(config: OciSourceConfig, parts: OciSourceParts): PolicySource {
  const read = parseImageReference(config.ref);
  if (!read.ok) throw new Error(`policySources: ${config.ref}: ${read.problem}`);
  const place = parts.place ?? read.reference.name;
  return openFetchedPolicies({
    name: `policies oci ${place}`,
    refreshMs: config.refresh,
    bring: (signal) => bring(config, { ...read.reference, place }, parts, AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)])),
    ...(parts.took === undefined ? {} : { took: parts.took }),
    ...(parts.refused === undefined ? {} : { refused: parts.refused }),
    time: parts.time,
  });
}

type Reference = Extract<ReturnType<typeof parseImageReference>, { ok: true }>['reference'];

async function bring(
  { ref, threshold, maxAge }: OciSourceConfig, { name, tag, digest: written, place }: Reference & { readonly place: string },
  parts: OciSourceParts, signal: AbortSignal,
): Promise<FetchedPolicies> {
  const { registries, versions, signers, now = Date.now } = parts;
  const asked = {
    kind: 'image', usage: 'definition', path: '', raw: ref, name,
    ...(tag === undefined ? {} : { tag }), ...(written === undefined ? {} : { digest: written }),
  } as const;
  const resolved = await registries.resolve(asked, OWN, signal);
  if (!resolved.ok) throw new Error(inWords(resolved.problem));
  const digest = bytesDigest(resolved.digest);
  if (digest === undefined) throw new Error(`${ref}: expected a digest of bytes, found ${resolved.digest}`);
  const artifact: Artifact = { ...asked, digest, resolvedFromTag: written === undefined };
  const by: ArtifactSigners = { ...signers(), threshold, maxAge };
  const found = await foundBeside(artifact, by, registries, now(), signal);
  const refused = (): string | undefined => artifactRefusal(artifact, found, by, { now: now(), certificates: parts.certificates?.known() });
  let refusal = refused();
  // Nobody waits for it but the next look.
  if (await parts.certificates?.settled(AUTHORITIES_MS) === true) refusal = refused();
  if (refusal !== undefined) throw new Error(refusal);
  const fetched = await registries.policies({ name, digest }, signal);
  if (!fetched.ok) throw new Error(inWords(fetched.problem));
  const { version, files } = fetched.artifact;
  const inForce = written === undefined ? notOlder({ ref, name: `oci/${name}:${tag ?? ''}`, digest, version }, versions) : undefined;
  const state = version === undefined ? digest : `${digest} (version ${version})`;
  return { version: state, files: files.map((file) => asFile(place, file)), inForce };
}

/**
 * A tag moves forward only: whoever may move it may also move it back to what was signed once. What never decided is no reason to refuse
 * what is older, so that a version is remembered when what is given here is called.
 */
function notOlder(
  { ref, name, digest, version }: {
    readonly ref: string; readonly name: string; readonly digest: Digest; readonly version: number | undefined;
  },
  versions: Versions,
): () => void {
  if (version === undefined)
    throw new Error(`${ref}: has no version, and a tag may be moved back; push it with gatehouse policy push --set-version, or name it by its digest`);
  const refusal = versions.judge({ name, version, digest });
  if (refusal !== undefined) throw new Error(`${ref}: ${refusal.message}`);
  return () => void versions.raise(new Map([[name, { version, digest }]]));
}

async function foundBeside(
  artifact: Artifact, { trust }: ArtifactSigners, registries: EvidenceSource, now: number, signal: AbortSignal,
): Promise<FoundBeside> {
  const lookup = await registries.open(artifact, OWN, { fresh: true });
  const evidence: UnverifiedEvidence[] = lookup.batches.flatMap((batch) => batch.evidence);
  const problems: EvidenceProblem[] = lookup.batches.flatMap((batch) => batch.problems);
  for (let batch = await lookup.next(signal); batch !== undefined; batch = await lookup.next(signal)) {
    evidence.push(...batch.evidence);
    problems.push(...batch.problems);
  }
  const outcomes = (await runVerificationJob({ artifact, evidence, trust, now })).map((raw) => toOutcome(raw, raw.source));
  return { proofs: outcomes.flatMap(({ verified }) => verified), problems: [...problems, ...outcomes.flatMap((one) => one.problems)] };
}

function asFile(
  place: string, { name, bytes }: { readonly name: string; readonly bytes: Uint8Array },
): FetchedPolicies['files'][number] {
  const path = `${place}/${name}`;
  try {
    return { path, text: UTF8.decode(bytes) };
  } catch {
    return { path, text: '', problem: 'expected text in UTF-8, found bytes that are not' };
  }
}

function inWords({ code, source, found, expected, cause }: FetchProblem): string {
  const said = [cause, expected === undefined ? undefined : `expected ${expected}`, found === undefined ? undefined : `found ${found}`];
  return `${source}: [${code}] ${said.filter((one) => one !== undefined).join(', ')}`;
}
