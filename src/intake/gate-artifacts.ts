/** Artifacts as a question to the gate names them, read into what the engine judges; what cannot be read says where and why. */
import type { ArtifactKind, ArtifactRef, Presented, Usage } from '../domain/artifact/artifact.ts';
import { parseDigest } from '../domain/artifact/digest.ts';
import type { Digest } from '../domain/artifact/digest.ts';
import { imageArtifact } from '../domain/artifact/image-artifact.ts';
import { imageOfPackageUrl } from '../domain/artifact/image-package-url.ts';
import { parsePackageUrl } from '../domain/artifact/package-url.ts';
import { parseRevision } from '../domain/artifact/revision.ts';
import type { Revision } from '../domain/artifact/revision.ts';
import { parseSourceUri } from '../domain/artifact/source-uri.ts';
import { USUAL_USE } from '../domain/gate/usual-use.ts';

/** One artifact as it is asked about; texts as they came. */
export interface AskedArtifact {
  readonly kind: ArtifactKind;
  /** Reference, purl, `git+https://…`; for blobs and definitions their name. */
  readonly uri: string;
  readonly digest?: string | undefined;
  readonly usedAs?: Usage | undefined;
}

/** What is wrong with one artifact of a question; `path` is the place in it. */
export interface AskedProblem {
  readonly path: string;
  readonly message: string;
}

export type ReadAsked =
  | { readonly ok: true; readonly artifact: ArtifactRef }
  | { readonly ok: false; readonly problem: AskedProblem };

type Named = Pick<ArtifactRef, 'name' | 'raw'> & { readonly tag?: string; readonly digest?: Digest | Revision };
type NamedResult = { readonly ok: true; readonly named: Named } | { readonly ok: false; readonly message: string };

/**
 * Reads one artifact of a question; `path` is its place (`artifacts[3]`). A digest in the reference and one beside it must be the
 * same. One without any digest is read all the same: whether it may be resolved is for policies to say. Nothing is looked up.
 */
export function readAsked(given: AskedArtifact, path: string, presented?: Presented): ReadAsked {
  const asked = asImage(given);
  if (asked === undefined) return wrong(`${path}.uri`, 'expected pkg:oci/NAME@sha256:…?repository_url=HOST/PATH/NAME, which names one image');
  const read = READERS[asked.kind](asked.uri);
  if (!read.ok) return wrong(`${path}.uri`, read.message);
  const { named } = read;
  const beside = asked.digest === undefined ? undefined : readDigest(asked.kind, asked.digest);
  if (asked.digest !== undefined && beside === undefined) return wrong(`${path}.digest`, digestForm(asked.kind, asked.digest));
  if (beside !== undefined && named.digest !== undefined && beside !== named.digest)
    return wrong(`${path}.digest`, `expected the digest of the reference (${named.digest}), found ${beside}; name one artifact by one digest`);
  const digest = beside ?? named.digest;
  return {
    ok: true,
    artifact: {
      kind: asked.kind, usage: asked.usedAs ?? USUAL_USE[asked.kind], path, ...named,
      ...(digest === undefined ? {} : { digest }),
      ...(presented === undefined ? {} : { presented }),
    },
  };
}

/** A package URL of an image names the image, and is judged as every other image; `undefined` when it names none, or two. */
function asImage(asked: AskedArtifact): AskedArtifact | undefined {
  if (asked.kind !== 'package' || !/^pkg:(?:oci|docker)\//i.test(asked.uri)) return asked;
  const uri = imageOfPackageUrl(asked.uri);
  return uri === undefined ? undefined : { ...asked, kind: 'image', uri };
}

function wrong(path: string, message: string): ReadAsked {
  return { ok: false, problem: { path, message } };
}

const READERS: { readonly [Kind in ArtifactKind]: (uri: string) => NamedResult } = {
  image: readImage,
  package: (uri) => {
    const read = parsePackageUrl(uri);
    return read.ok ? { ok: true, named: { name: read.value.name, raw: read.value.name } } : { ok: false, message: read.problem };
  },
  git: readGit,
  blob: readName,
  definition: readName,
};

function readImage(uri: string): NamedResult {
  const read = imageArtifact(uri.replace(/^(?:oci|docker):\/\//, ''), '', 'baseImage');
  if (!read.ok) return { ok: false, message: read.finding.cause ?? 'is no image reference' };
  const { name, tag, digest, raw } = read.artifact;
  return { ok: true, named: { name, raw, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) } };
}

/** `git+https://host/path@COMMIT`, or without the commit, which then stands beside it; `@refs/…` names what can move. */
function readGit(uri: string): NamedResult {
  const source = parseSourceUri(uri);
  if (source === undefined) return { ok: false, message: 'expected git+https://HOST/PATH@COMMIT, without user, query and fragment' };
  const { repository, ref } = source;
  const digest = ref === undefined ? undefined : parseRevision(ref);
  const tag = ref === undefined || digest !== undefined ? {} : { tag: ref };
  return { ok: true, named: { name: repository, raw: uri, ...tag, ...(digest === undefined ? {} : { digest }) } };
}

/** Begin the names of other kinds in receipts (`oci://…`, purls, `gatehouse:list`): a receipt for a file must not read as one for those. */
const OTHERS_NAMES = /^(?:oci:\/\/|docker:\/\/|pkg:|git\+|gatehouse:)/i;

function readName(uri: string): NamedResult {
  const [others] = OTHERS_NAMES.exec(uri) ?? [];
  if (others !== undefined)
    return { ok: false, message: `expected a name that begins otherwise than with ${others}, which is for other kinds; say kind image, package or git` };
  return /^[^\p{Cc}\p{Cf}]{1,1024}$/u.test(uri)
    ? { ok: true, named: { name: uri, raw: uri } }
    : { ok: false, message: 'expected a name of 1 to 1024 characters without control characters' };
}

function readDigest(kind: ArtifactKind, text: string): Digest | Revision | undefined {
  return kind === 'git' ? parseRevision(text.replace(/^(?:gitCommit|sha1):/, '')) : parseDigest(text);
}

function digestForm(kind: ArtifactKind, found: string): string {
  const expected = kind === 'git' ? 'a whole commit id, gitCommit:…' : 'sha256: with 64 or sha512: with 128 hexadecimal digits in lower case';
  return `expected ${expected}, found ${JSON.stringify(found.slice(0, 160))}`;
}
