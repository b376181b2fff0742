import { createHash, createPublicKey } from 'node:crypto';
import type { PolicyProblem, PolicySet } from '../../../src/domain/policy/policy.ts';
import type { TrustReader } from '../../../src/domain/ports.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import type { CompiledPolicies } from '../../../src/policy/index.ts';

/** Three P-256 public keys whose private halves were thrown away. */
export const KEYS = [
  `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE91UdiUYO9F6mE3TQjCljPZNM8CKB
bE1OxNzRD33wEW1ldQ/1pvZL/w2dBOMYNp0WKzAqAw8xYmZIU/yRL8zV4A==
-----END PUBLIC KEY-----
`,
  `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEH0u+Nrg+7W7vUujJFRM7y24FNGSM
hnQY6Gig1FSkrwW7eFfkNbcQheLqzTSB0BWA6QOKRoV/0krKGA3qs7adRA==
-----END PUBLIC KEY-----
`,
  `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEz2oUj0vetqFdV7R+1dEuOIXbw+A4
vc9TzQXIpdXdqKcGG0YnMmvWKCjM/fDVDVsLQhj2cV5xJKY+EiX61W9cOg==
-----END PUBLIC KEY-----
`,
] as const;

/** A key as a YAML block scalar body, indented by `columns`. */
export function pem(index: number, columns: number): string {
  return (KEYS[index] ?? '').trim().split('\n').map((line) => ' '.repeat(columns) + line).join('\n');
}

/** A trusted root with this many authorities of each sort; the fake reader asks for no more than its media type. */
export function fakeRoot(tlogs = 1, ctlogs = 1, timestampAuthorities = 0): Record<string, unknown> {
  const entries = (count: number): unknown[] => Array.from({ length: count }, (_, index) => ({ index }));
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: entries(tlogs),
    ctlogs: entries(ctlogs),
    timestampAuthorities: entries(timestampAuthorities),
    certificateAuthorities: entries(1),
  };
}

/** What the trust room does, as far as the compiler sees it: key ids are sha256 over the SPKI DER. */
export const fakeTrust: TrustReader = {
  key(text) {
    try {
      const ssh = /^ssh-ed25519 (\S+)/.exec(text)?.[1];
      if (ssh !== undefined) return { ok: true, key: { keyId: `sha256:${createHash('sha256').update(ssh).digest('hex')}`, pem: text } };
      const der = createPublicKey(text).export({ type: 'spki', format: 'der' });
      return { ok: true, key: { keyId: `sha256:${createHash('sha256').update(der).digest('hex')}`, pem: text } };
    } catch {
      return { ok: false, problem: 'expected a public key in PEM, found something else' };
    }
  },
  trustedRoot(json) {
    const media = (json as { mediaType?: unknown } | null)?.mediaType;
    return media === fakeRoot()['mediaType'] ? [] : [{ path: 'mediaType', message: 'expected a trusted root, found something else' }];
  },
  hash: (value) => createHash('sha256').update(sorted(value)).digest('hex'),
  publicGood: fakeRoot(2, 2, 1),
  pinnedRoot: (json) => ((json as { pinned?: unknown } | null)?.pinned === true ? undefined : 'is not a root.json'),
  anchors: (text) => (text.includes('BEGIN CERTIFICATE') ? { anchors: [text], problems: [] } : { anchors: [], problems: ['expected PEM certificates'] }),
  notationStore: (text) => (text.includes('BEGIN CERTIFICATE') ? { anchors: [text], problems: [] } : { anchors: [], problems: ['expected PEM certificates'] }),
  anchorWindows: () => [],
  tufRoot: () => ({ usable: false, cause: 'not asked' }),
  bundle: () => ({ anchors: [], problems: ['expected a SPIFFE bundle'] }),
  spiffeBundle: () => ({ usable: false, cause: 'not asked' }),
  plainTrust: (lists) => ({ content: fakeRoot(lists.transparencyLogs.length, lists.ctLogs.length, lists.timestampAuthorities.length), problems: [] }),
};

function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1))) : part,
  ) ?? 'undefined';
}

export function compile(...texts: string[]): CompiledPolicies {
  return compilePolicies(texts.map((text, index) => ({ path: `file${index}.yaml`, text })), { trust: fakeTrust });
}

/** The set, or a failure that shows all problems. */
export function compileSet(...texts: string[]): PolicySet {
  const { set, problems } = compile(...texts);
  if (set === undefined) throw new Error(JSON.stringify(problems, null, 1));
  return set;
}

export function errors(result: CompiledPolicies): readonly PolicyProblem[] {
  return result.problems.filter((problem) => problem.severity === 'error');
}

export function warnings(result: CompiledPolicies): readonly PolicyProblem[] {
  return result.problems.filter((problem) => problem.severity === 'warning');
}

const HEAD = 'apiVersion: gatehouse.dev/v1alpha1';

/** A signer document around identities given as JSON (which is YAML). */
export function signer(name = 'alice', spec: Record<string, unknown> = {}): string {
  const identities = [{ keyless: { issuer: 'https://issuer.example', subject: `${name}@acme.example` } }];
  return JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name }, spec: { identities, ...spec } });
}

/** A cluster policy over `ghcr.io/acme/**` that demands a signature by alice, with fields replaced. */
export function policy(spec: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}): string {
  const kind = metadata['namespace'] === undefined ? 'ClusterArtifactPolicy' : 'ArtifactPolicy';
  const base = { artifacts: [{ image: 'ghcr.io/acme/**' }], require: [{ name: 'signed', signature: { by: ['alice'] } }] };
  return JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name: 'images', ...metadata }, spec: { ...base, ...spec } });
}

export function trustRoot(name: string, sigstore: Record<string, unknown>): string {
  return JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name }, spec: { sigstore } });
}

/** The signer alice and a policy, as YAML that people write: for tests of places. */
export const YAML_PAIR = `${HEAD}
kind: Signer
metadata: {name: alice}
spec:
  identities:
    - keyless:
        issuer: https://issuer.example
        subject: alice@acme.example
---
${HEAD}
kind: ClusterArtifactPolicy
metadata:
  name: images
spec:
  artifacts:
    - image: ghcr.io/acme/**
  require:
    - name: signed
      signature:
        by: [alice]
`;
