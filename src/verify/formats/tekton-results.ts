/** Results of a TaskRun that its entrypoint signed with the SVID of the run (TEP-0089), as evidence of the images that they name. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { parseCertificate } from '../../pki/certificate.ts';
import { readPem } from '../../pki/pem.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { isObject } from '../../text/json/fields.ts';
import { list, member, members, text } from '../fields.ts';
import { readWrapping } from '../json.ts';
import { clip, parsed, Refusal } from '../problem.ts';
import type { Problem } from '../problem.ts';
import { disproved } from '../proof.ts';
import type { Proofs, ProofTools, Signed } from '../proof.ts';
import { proveByCertificate } from '../provers/certificate.ts';
import type { Attempt } from '../provers/keys.ts';
import { settled } from '../provers/settled.ts';
import { requireSignatureOf } from '../provers/signature.ts';
import { proofsOf } from '../statement/bound.ts';

/** Signed results as a run holds them. Nothing is verified but that every one has its signature and the manifest names them all. */
export interface SignedResults {
  /** `/ns/NAMESPACE/taskrun/NAME`: the path of the SVID that the run has. */
  readonly path: string;
  readonly certificateDer: Uint8Array;
  readonly results: readonly SignedResult[];
}

interface SignedResult {
  readonly name: string;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** Of the images that it names. */
  readonly digests: readonly string[];
}

const [SVID, MANIFEST, SUFFIX] = ['SVID', 'RESULT_MANIFEST', '.sig'];
const MOST = 100;
const LONGEST = 65_536;
const DIGEST = /sha(?:256|384|512):[0-9a-f]{32}/i;
const IMAGE_DIGEST = /(?:^|[-_.])IMAGE_DIGEST$/;
const NAME = /^[A-Za-z0-9._-]{1,253}$/;

/**
 * Verifies signed results: the manifest names all results, each is signed by the SVID of this very run, and one of them names the
 * artifact. The signature is over the text of a value alone, so nothing is made of a value that two types would write alike.
 * Roots of other kinds prove none of it. Nothing dates it: the SVID has to be valid now.
 */
export function verifyTektonResults(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  const read = readSignedResults(evidence.bytes);
  if (!read.ok) return disproved(read.problem);
  const { path, certificateDer, results } = read.value;
  const naming = results.find(({ digests }) => digests.includes(job.artifact.digest));
  if (naming === undefined) {
    const found = results.flatMap(({ digests }) => digests).slice(0, 3).map((one) => clip(one, 160)).join(', ');
    const none = found === '' ? 'results that name no image' : found;
    return disproved({ code: 'VERIFY_SUBJECT_MISMATCH', found: none, expected: job.artifact.digest });
  }
  const broken = brokenResult(read.value);
  if (broken !== undefined) return disproved(broken);
  const signed: Signed = { content: { message: naming.message, signature: naming.signature }, dating: { logEntries: [], timestamps: [] } };
  const roots = job.trust.roots.filter(({ kind }) => kind === 'spiffe');
  const attempt = proveByCertificate(signed, certificateDer, { ...job.trust, roots }, tools);
  return proofsOf({ evidence, artifact: job.artifact.digest }, [ofRun(attempt, path)]);
}

/** Reads them from `{namespace, name, results: [{name, value}]}`. Never throws. */
export function readSignedResults(bytes: Uint8Array) {
  return parsed('VERIFY_MALFORMED', (): SignedResults => {
    const run = members(readWrapping(bytes), 'run');
    const values = new Map<string, unknown>();
    for (const one of list(run, 'results', 'run', 2 * MOST + 3)) {
      const result = members(one, 'result');
      const name = text(result, 'name', 'result');
      if (!NAME.test(name) || values.has(name)) throw new Refusal('a result has no name of its own', { found: clip(name, 80) });
      values.set(name, member(result, 'value'));
    }
    const names = [...values.keys()].filter((name) => !name.endsWith(SUFFIX) && name !== SVID && name !== MANIFEST);
    requireManifest(values, names);
    requireRoles(values, names);
    const certificate = readPem(textOf(values, SVID), 'CERTIFICATE');
    if (!certificate.ok) throw new Refusal(`${SVID}: ${certificate.problem}`);
    return {
      path: `/ns/${text(run, 'namespace', 'run')}/taskrun/${text(run, 'name', 'run')}`,
      certificateDer: certificate.der,
      results: [MANIFEST, ...names].map((name) => {
        const value = values.get(name);
        const message = Buffer.from(signedText(name, value));
        return { name, message, signature: signatureOf(values, name), digests: digestsIn(name, value) };
      }),
    };
  });
}

/** What is wrong with a signature of theirs by the key of this certificate; `undefined`: nothing. Whose it is, is not looked at. */
export function brokenResult({ certificateDer, results }: SignedResults): Problem | undefined {
  const checked = settled(() => {
    const { key } = parseCertificate(certificateDer);
    for (const { message, signature } of results) requireSignatureOf({ message, signature }, key, 'sha256');
    return { ok: false, problem: { code: 'VERIFY_FORMAT' } };
  });
  return checked.ok || checked.problem.code === 'VERIFY_FORMAT' ? undefined : checked.problem;
}

/** More names than there are results, or fewer, and somebody has added or left out some. */
function requireManifest(values: ReadonlyMap<string, unknown>, names: readonly string[]): void {
  const manifest = textOf(values, MANIFEST);
  const listed = manifest === '' ? [] : manifest.split(',');
  const same = listed.length === names.length && new Set(listed).size === names.length && names.every((name) => listed.includes(name));
  if (!same) {
    const [found, expected] = [clip(names.join(','), 200), clip(manifest, 200)];
    throw new Refusal('the manifest does not name exactly the results that there are', { found, expected });
  }
  const stray = [...values.keys()].find((name) => name.endsWith(SUFFIX) && ![MANIFEST, ...names].includes(name.slice(0, -SUFFIX.length)));
  if (stray !== undefined) throw new Refusal('there is a signature without its result', { found: clip(stray, 80) });
}

/**
 * Signatures are over values and not over names: whoever may write the status of a run can let two results of it change places. So no
 * result may hold a digest that does not name an image. One whose build left its image's empty, and has a digest elsewhere, is not told.
 */
function requireRoles(values: ReadonlyMap<string, unknown>, names: readonly string[]): void {
  const other = names.find((name) => !namesImages(name) && DIGEST.test(signedText(name, values.get(name))));
  if (other !== undefined)
    throw new Refusal('another result holds a digest, and a signature does not say of which result a value is', { found: clip(other, 80) });
}

function signatureOf(values: ReadonlyMap<string, unknown>, name: string): Uint8Array {
  const signature = decodeBase64(textOf(values, `${name}${SUFFIX}`), 'standard');
  if (signature === undefined || signature.length === 0) throw new Refusal('a signature is not base64', { found: clip(`${name}${SUFFIX}`, 80) });
  return signature;
}

function textOf(values: ReadonlyMap<string, unknown>, name: string): string {
  const value = values.get(name);
  if (typeof value === 'string' && value.length <= LONGEST) return value;
  throw new Refusal(value === undefined ? `there is no ${clip(name, 80)}` : `${clip(name, 80)} is no text, or too long`);
}

/** The text that is signed: items joined by commas, members sorted, so items with a comma would be read in two ways. */
function signedText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  const items = Array.isArray(value) ? value as readonly unknown[]
    : isObject(value) ? Object.keys(value).toSorted().flatMap((key): unknown[] => [key, value[key]]) : [undefined];
  const texts = items.filter((item) => typeof item === 'string');
  if (texts.length !== items.length || texts.some((item) => item.includes(',')))
    throw new Refusal('a result has items that are no texts, or hold a comma', { found: clip(name, 80) });
  return texts.join(',');
}

/** The digests of images that a result names by the type hints of Tekton Chains; texts alone, which no other type writes alike. */
function digestsIn(name: string, value: unknown): readonly string[] {
  if (typeof value !== 'string') return [];
  if (IMAGE_DIGEST.test(name)) return [value.trim()];
  if (!namesImages(name)) return [];
  return value.split(/[,\n]/).map((one) => one.trim()).flatMap((one) => (one.includes('@') ? [one.slice(one.lastIndexOf('@') + 1)] : []));
}

function namesImages(name: string): boolean {
  return name === 'IMAGES' || IMAGE_DIGEST.test(name);
}

/** Another run of the trust domain may not sign for this one. */
function ofRun({ proven, ...attempt }: Attempt, path: string): Attempt {
  const own = proven.filter(({ signer }) => signer.kind === 'spiffe' && signer.id.slice('spiffe://'.length).replace(/^[^/]*/, '') === path);
  const [other] = proven;
  if (own.length > 0 || other?.signer.kind !== 'spiffe') return { ...attempt, proven: own };
  const problem: Problem = {
    code: 'VERIFY_SUBJECT_MISMATCH', found: other.signer.id, expected: `the SVID of the run itself, with the path ${path}`,
    cause: 'another workload signed the results of this run',
  };
  return { ...attempt, proven: [], problems: [problem] };
}
