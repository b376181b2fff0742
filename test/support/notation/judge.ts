import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import type { CertificateStatuses } from '../../../src/domain/certificate-status.ts';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { createAdmit } from '../../../src/engine/admit.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { asDigest } from '../../world/encode.ts';
import { verifierHere } from '../offline.ts';

/** A question about Notation evidence, from YAML and bytes to the verdict. */
export interface Asked {
  readonly root: object;
  /** Identity by `x509`, without its trust root; default: every certificate with an organisation of the test data. */
  readonly identity?: object;
  readonly evidence: readonly UnverifiedEvidence[];
  readonly digest: string;
  readonly now: number;
  /** Further fields of the requirement, beside `by`. */
  readonly signature?: object;
  readonly more?: readonly object[];
  /** What authorities say of revoked certificates; default: nobody asks them. */
  readonly certificates?: CertificateStatuses;
}

const trust = createTrustReader();
const document = (kind: string, name: string, spec: object): object => ({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });

/** The outcome with its codes, `admit POLICY_SATISFIED`, or `refused` with what the compiler said. */
export async function judgeNotation({ root, identity = { subjectIncludes: 'C=US' }, signature = {}, more = [], ...asked }: Asked): Promise<string> {
  const documents = [
    document('TrustRoot', 'stores', { notation: root }),
    document('Signer', 'notary', { identities: [{ x509: { ...identity, trustRoot: 'stores' } }] }),
    document('ClusterArtifactPolicy', 'p', { artifacts: [{ image: '**' }], require: [{ name: 'signed', signature: { by: ['notary'], ...signature } }] }),
    ...more,
  ];
  return judgeDocuments({ ...asked, text: documents.map((one) => stringify(one, { aliasDuplicateObjects: false, lineWidth: 0 })).join('---\n') });
}

/** The same of documents as text. */
export async function judgeDocuments(
  { text, evidence, digest, now, certificates }: Pick<Asked, 'evidence' | 'digest' | 'now' | 'certificates'> & { readonly text: string },
): Promise<string> {
  const { set, problems } = compilePolicies([{ path: 'p.yaml', text }], { trust });
  if (set === undefined) return `refused ${problems.map(({ path, message }) => `${path} ${message}`).join('; ')}`;
  const admit = createAdmit({
    clock: { now: () => now },
    policies: { current: () => ({ ready: true, set }) },
    source: {
      open: () => ({ batches: [{ evidence, problems: [] }], fetchedAt: now, next: () => Promise.resolve(undefined) }),
      diagnose: () => Promise.resolve([]),
      parentIndex: () => Promise.resolve(undefined),
    },
    resolver: { resolve: () => Promise.resolve({ ok: true, digest: asDigest(digest) }) },
    verifier: verifierHere,
    ...(certificates === undefined ? {} : { certificates }),
    examiner: { known: () => undefined, examine: () => Promise.reject(new Error('nothing is examined')) },
    namespaces: { labels: () => Promise.resolve({}) },
    recorder: { record: () => undefined },
    unmatched: 'deny',
    newId: () => '01JD0000000000000000000000',
    onFault: (fault) => {
      throw fault;
    },
  });
  const image = { kind: 'image', usage: 'container', path: 'spec.containers[0].image', raw: `ghcr.io/acme/app@${digest}`, name: 'ghcr.io/acme/app', digest: asDigest(digest) } as const;
  const decision = await admit({
    surface: 'webhook', uid: 'u', operation: 'CREATE', kind: { group: '', version: 'v1', kind: 'Pod' }, resource: { group: '', version: 'v1', resource: 'pods' },
    subResource: '', name: 'app', user: { username: 'alice', groups: [] }, dryRun: false, object: null, oldObject: null, namespace: 'prod', artifacts: [image],
  }, { deadline: now + 60_000, signal: new AbortController().signal });
  return [decision.outcome, ...decision.findings.map(({ code }) => code)].join(' ');
}

/** An envelope as it was fetched, with the manifest of the image beside it. */
export function envelopeEvidence(format: 'notation-jws' | 'notation-cose', bytes: Uint8Array, message?: Uint8Array): UnverifiedEvidence {
  return { format, source: 'referrer', bytes, digest: createHash('sha256').update(bytes).digest('hex'), ...(message === undefined ? {} : { message }) };
}

/** A certificate file, PEM or DER, as PEM; of several all. */
export function pemOf(path: string): string {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1').includes('-----BEGIN')) return (bytes.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []).join('\n');
  return `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;
}
