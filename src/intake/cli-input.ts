/** What is named on a command line, made a request like every other. */
import type { ArtifactRef, Usage } from '../domain/artifact/artifact.ts';
import { parseDigest } from '../domain/artifact/digest.ts';
import type { Digest } from '../domain/artifact/digest.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { imageArtifact } from '../domain/artifact/image-artifact.ts';
import type { PackageUrl } from '../domain/artifact/package-url.ts';
import { SELF } from '../domain/decision/review.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';

/** What a command line says about the place an artifact is for. */
export interface CliOptions {
  /** Default: none. Policies of a namespace then do not speak, and namespace selectors are undetermined. */
  readonly namespace?: string;
  /** Default: `container` for images, `dependency` for blobs. */
  readonly usage?: Usage;
  /** Who asks, for records only. */
  readonly username?: string;
}

/** A file that was hashed, or a digest given in its place. */
export interface BlobInput {
  /** Name by which policies know the blob. */
  readonly name: string;
  /** `sha256:<64 hex>` or `sha512:<128 hex>`; the caller has hashed the bytes, if there were any. */
  readonly digest: string;
}

/**
 * Makes the request to judge images named on a command line (`gatehouse verify REF…`).
 *
 * Texts that are no references become `inputFindings`, so that all are reported together. Paths are
 * `arguments[i]`, counted as given.
 */
export function imageRequest(references: readonly string[], options: CliOptions = {}): ReviewRequest {
  const artifacts: ArtifactRef[] = [];
  const inputFindings: Finding[] = [];
  references.forEach((text, index) => {
    const result = imageArtifact(text, `arguments[${index}]`, options.usage ?? 'container');
    if (result.ok) artifacts.push(result.artifact);
    else inputFindings.push(result.finding);
  });
  return request('Image', artifacts, inputFindings, options);
}

/** Makes the request to judge blobs by digest; a digest that is not well formed becomes an input finding. */
export function blobRequest(blobs: readonly BlobInput[], options: CliOptions = {}): ReviewRequest {
  const artifacts: ArtifactRef[] = [];
  const inputFindings: Finding[] = [];
  blobs.forEach((blob, index) => {
    const path = `arguments[${index}]`;
    const digest = parseDigest(blob.digest);
    if (digest === undefined) inputFindings.push(badDigest(blob, path));
    else
      artifacts.push({
        kind: 'blob',
        usage: options.usage ?? 'dependency',
        path,
        raw: blob.name === digest ? digest : `${blob.name}@${digest}`,
        name: blob.name,
        digest,
      });
  });
  return request('Blob', artifacts, inputFindings, options);
}

/** A package by its package URL, with the digest of its file: hashed by the caller, or written in a lockfile. */
export interface PackageInput {
  readonly url: PackageUrl;
  readonly digest: Digest;
}

/** Makes the request to judge a package; its name is the package URL in its one spelling. */
export function packageRequest({ url, digest }: PackageInput, options: CliOptions = {}): ReviewRequest {
  const artifact: ArtifactRef = {
    kind: 'package',
    usage: options.usage ?? 'dependency',
    path: 'arguments[0]',
    raw: `${url.name} (${digest})`,
    name: url.name,
    digest,
  };
  return request('Package', [artifact], [], options);
}

/** Makes the request to judge an artifact that is read already: a commit. */
export function commitRequest(artifact: ArtifactRef, options: CliOptions = {}): ReviewRequest {
  return request('Commit', [options.usage === undefined ? artifact : { ...artifact, usage: options.usage }], [], options);
}

function badDigest(blob: BlobInput, path: string): Finding {
  return {
    verdict: 'violated',
    code: 'INPUT_IMAGE_INVALID',
    path,
    artifact: blob.name,
    mode: 'enforce',
    expected: ['sha256: with 64 or sha512: with 128 hexadecimal digits in lower case'],
    found: [blob.digest],
    cause: 'digest of the blob is not well formed',
    fix: 'give the digest as sha256:…, in lower case',
  };
}

function request(kind: string, artifacts: readonly ArtifactRef[], inputFindings: readonly Finding[], options: CliOptions): ReviewRequest {
  return {
    surface: 'cli',
    caller: SELF,
    uid: '',
    operation: 'CREATE',
    kind: { group: 'gatehouse.dev', version: 'v1alpha1', kind },
    resource: { group: 'gatehouse.dev', version: 'v1alpha1', resource: `${kind.toLowerCase()}s` },
    subResource: '',
    namespace: options.namespace ?? '',
    name: '',
    user: { username: options.username ?? '', groups: [] },
    dryRun: false,
    object: null,
    oldObject: null,
    artifacts,
    inputFindings,
  };
}
