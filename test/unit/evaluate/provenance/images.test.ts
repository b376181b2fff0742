import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ImageExpectation } from '../../../../src/domain/policy/build-requirement.ts';
import type { DependencyAnswer, DependencyQuestion } from '../../../../src/domain/artifact/dependency.ts';
import type { Finding } from '../../../../src/domain/decision/finding.ts';
import { evaluate } from '../../../../src/evaluate/index.ts';
import { readImage } from '../../../../src/evaluate/provenance/image-dependency.ts';
import type { Dependency } from '../../../../src/evaluate/provenance/model.ts';
import type { Build } from '../../../world/statement.ts';
import { exact, KEY_B, question } from '../support.ts';
import { byKey, glob, provenance, wants } from './support.ts';

const HEX = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);
const DIGEST = `sha256:${HEX}`;

function dependency(uri: string, digests: Readonly<Record<string, string>> = {}, name = ''): Dependency {
  return { uri, name, digests: new Map(Object.entries(digests)), path: 'predicate.x[0]' };
}

/** `name[:tag]@digest` of the image, the problem after `!`, or nothing for what is no image. */
function shown(given: Dependency): string | undefined {
  const reading = readImage(given);
  if (reading === undefined) return undefined;
  if (!reading.ok) return `!${reading.problem}`;
  const { name, tag, digest } = reading.image;
  return `${name}${tag === undefined ? '' : `:${tag}`}@${digest}`;
}

describe('which dependency is which image', () => {
  test.each<[string, Record<string, string>, string]>([
    ['pkg:docker/alpine@3.19?platform=linux%2Famd64', { sha256: HEX }, `docker.io/library/alpine:3.19@${DIGEST}`],
    [`pkg:docker/ghcr.io/acme/base@v1?digest=sha256:${HEX}&platform=linux%2Famd64`, { sha256: HEX }, `ghcr.io/acme/base:v1@${DIGEST}`],
    [`pkg:docker/acme/base@sha256%3A${HEX}?repository_url=ghcr.io`, {}, `ghcr.io/acme/base@${DIGEST}`],
    [`pkg:docker/acme/base@sha256:${HEX}?repository_url=https://hub.docker.com`, {}, `docker.io/acme/base@${DIGEST}`],
    [`pkg:oci/base@sha256%3A${HEX}?repository_url=ghcr.io%2Facme%2Fbase&tag=v1`, {}, `ghcr.io/acme/base:v1@${DIGEST}`],
    ['oci://gcr.io/distroless/static', { sha256: HEX }, `gcr.io/distroless/static@${DIGEST}`],
    [`oci://gcr.io/distroless/static@sha256:${HEX}`, { sha256: HEX }, `gcr.io/distroless/static@${DIGEST}`],
    ['docker://alpine:3', { sha256: HEX }, `docker.io/library/alpine:3@${DIGEST}`],
    [`docker-pullable://gcr.io/x/y@sha256:${HEX}`, {}, `gcr.io/x/y@${DIGEST}`],
    [`ghcr.io/acme/base:v1@sha256:${HEX}`, {}, `ghcr.io/acme/base:v1@${DIGEST}`],
    [`ghcr.io:5000/acme/base@sha256:${HEX}`, {}, `ghcr.io:5000/acme/base@${DIGEST}`],
  ])('%s', (uri, digests, expected) => {
    expect(shown(dependency(uri, digests))).toBe(expected);
    expect(shown(dependency('', digests, uri))).toBe(expected);
  });

  test.each([
    `git+https://github.com/acme/app@${'a'.repeat(40)}`, 'pkg:golang/example.com/lib@v1', 'pkg:npm/lodash@4.17.21', 'https://github.com/acme/app', '', 'ghcr.io/acme/base:v1',
    `https://ghcr.io/acme/base@sha256:${HEX}`, `pkg:generic/x@sha256:${HEX}`, `git+ssh@sha256:${HEX}`,
  ])('%s is no image', (uri) => {
    expect(shown(dependency(uri, { sha256: HEX }))).toBeUndefined();
  });

  test.each<[string, Record<string, string>]>([
    ['oci://ghcr.io/acme/base:v1', {}],
    ['oci://ghcr.io/acme/base', { sha1: 'a'.repeat(40) }],
    ['oci://ghcr.io/acme/base', { sha256: HEX.slice(1) }],
    ['oci://ghcr.io/acme/base', { sha256: HEX.toUpperCase() }],
    [`oci://ghcr.io/acme/base@sha256:${HEX}`, { sha256: OTHER }],
    [`pkg:docker/acme/base@v1?digest=sha256:${HEX}`, { sha256: OTHER }],
    [`pkg:docker/acme/base@sha256:${HEX}?digest=sha256:${OTHER}`, {}],
    [`pkg:docker/acme/base@sha256:${HEX}?repository_url=ghcr.io&repository_url=evil.example`, {}],
    [`pkg:docker/acme/base@sha256:${HEX}?repository_url=ghcr.io?repository_url=evil.example`, {}],
    [`pkg:docker/acme/base@sha256:${HEX}#sub`, {}],
    [`pkg:docker/acme%2/base@sha256:${HEX}`, {}],
    [`pkg:docker/acme/base%3Aevil@sha256:${HEX}`, {}],
    [`pkg:oci/base@sha256:${HEX}`, {}],
    [`pkg:oci/base@sha256:${HEX}?repository_url=ghcr.io/acme/other`, {}],
    [`PKG:Docker/acme/base`, {}],
    [`OCI://ghcr.io/Acme/base@sha256:${HEX}`, {}],
    ['oci://', { sha256: HEX }],
  ])('%s %j leaves a doubt, and is an image all the same', (uri, digests) => {
    expect(shown(dependency(uri, digests))).toMatch(/^!/);
  });

  test('hostile URIs never throw, and an image always has a digest that was written', () => {
    const uri = fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.constantFrom('pkg:docker/', 'pkg:oci/', 'oci://', 'a', '/', '@', ':', `sha256:${HEX}`, '?', '&', '=', '%', 'digest', 'repository_url', 'ghcr.io', '#')).map((parts) => parts.join('')));
    fc.assert(fc.property(uri, fc.boolean(), (text, listed) => {
      const reading = readImage(dependency(text, listed ? { sha256: OTHER } : {}));
      if (reading?.ok === true) expect([text.includes(HEX) ? DIGEST : undefined, listed ? `sha256:${OTHER}` : undefined]).toContain(reading.image.digest);
    }), { numRuns: 3000 });
  });
});

const BASE = { uri: 'oci://ghcr.io/acme/base', digest: { sha256: HEX } };
const REFUSED: Finding = { verdict: 'violated', code: 'VERIFY_SIGNER_UNTRUSTED', path: '', artifact: 'x', policy: 'base-images', requirement: 'signed', mode: 'enforce', found: ['mallory'] };

/** Judges provenance with dependencies when the images get these answers. */
function ask(images: Partial<ImageExpectation>, answer: (question: DependencyQuestion) => DependencyAnswer | undefined, build: Build = { dependencies: [BASE] }, by = byKey): Finding {
  const requirement = wants({ source: { uri: exact('https://github.com/acme/app') }, dependencies: { pinned: false, images: { unmatched: 'deny', ...images } } });
  return evaluate(requirement, { ...question([provenance(build, by)]), admits: answer });
}

describe('images that something was built with', () => {
  test.each<[string, DependencyAnswer | undefined, string]>([
    ['admitted', { kind: 'admitted' }, 'POLICY_SATISFIED'],
    ['refused', { kind: 'refused', finding: REFUSED }, 'POLICY_IMAGE_DENIED'],
    ['not to be judged', { kind: 'refused', finding: { ...REFUSED, verdict: 'undetermined', code: 'FETCH_UNREACHABLE' } }, 'FETCH_UNREACHABLE'],
    ['without a policy', { kind: 'unmatched', nearest: [] }, 'POLICY_IMAGE_UNMATCHED'],
    ['one too many', { kind: 'limit', cause: 'x' }, 'POLICY_IMAGE_LIMIT'],
    ['not judged yet', undefined, 'ENGINE_DEADLINE'],
  ])('%s', (_, answer, code) => {
    expect(ask({}, () => answer).code).toBe(code);
  });

  test('the answer is told with image, policy, requirement and reason', () => {
    expect(ask({}, () => ({ kind: 'refused', finding: REFUSED })).found).toEqual(['image oci://ghcr.io/acme/base: policy base-images / signed: VERIFY_SIGNER_UNTRUSTED (mallory) (predicate.buildDefinition.resolvedDependencies[1])']);
  });

  test('without anybody to ask the requirement is undetermined', () => {
    const requirement = wants({ dependencies: { pinned: false, images: { unmatched: 'allow' } } });
    expect(evaluate(requirement, question([provenance({ dependencies: [BASE] })])).verdict).toBe('undetermined');
  });

  test('unmatched: allow lets images pass that no policy speaks about, and nothing else', () => {
    expect(ask({ unmatched: 'allow' }, () => ({ kind: 'unmatched', nearest: [] })).code).toBe('POLICY_SATISFIED');
    expect(ask({ unmatched: 'allow' }, () => ({ kind: 'refused', finding: REFUSED })).code).toBe('POLICY_IMAGE_DENIED');
  });

  test('one image that is refused is enough, and all others do not help', () => {
    const build = { dependencies: [BASE, { uri: 'oci://ghcr.io/evil/base', digest: { sha256: OTHER } }] };
    expect(ask({}, ({ image }) => (image.name === 'ghcr.io/acme/base' ? { kind: 'admitted' } : { kind: 'refused', finding: REFUSED }), build).code).toBe('POLICY_IMAGE_DENIED');
    expect(ask({ except: [glob('oci://ghcr.io/evil/*')] }, ({ image }) => (image.name === 'ghcr.io/acme/base' ? { kind: 'admitted' } : { kind: 'refused', finding: REFUSED }), build).code).toBe('POLICY_SATISFIED');
  });

  test('an image whose digest is not written is denied, whatever its policies say', () => {
    expect(ask({}, () => ({ kind: 'admitted' }), { dependencies: [{ uri: 'oci://ghcr.io/acme/base:v1', digest: {} }] }).code).toBe('POLICY_PROVENANCE_DEPENDENCY');
  });

  test('only provenance that is otherwise as demanded, by a signer who counts, sends anybody to a registry', () => {
    const asked: string[] = [];
    const answer = ({ image }: DependencyQuestion): DependencyAnswer => {
      asked.push(image.name);
      return { kind: 'admitted' };
    };
    expect(ask({}, answer, { dependencies: [BASE], source: 'git+https://github.com/evil/app' }).code).toBe('POLICY_PROVENANCE_SOURCE');
    expect(ask({}, answer, { dependencies: [BASE] }, { kind: 'key', keyId: KEY_B }).code).toBe('VERIFY_SIGNER_UNTRUSTED');
    expect(asked).toEqual([]);
    expect(ask({}, answer).code).toBe('POLICY_SATISFIED');
    expect(asked).toEqual(['ghcr.io/acme/base']);
  });
});
