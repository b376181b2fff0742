/** Documents signed by the command, and judged as a server judges them: from YAML to what may be used. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { CertificateStatuses } from '../../../src/domain/certificate-status.ts';
import { compilePolicies, compileSignersAlone } from '../../../src/policy/index.ts';
import { beginPass, createVersions, POLICY_PAYLOAD_TYPE } from '../../../src/signed/index.ts';
import type { PolicySigners, RefusedBecause, Versions } from '../../../src/signed/index.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { createPolicyProver } from '../../../src/verify/index.ts';
import { ranCommandLine } from '../../support/command-line.ts';
import { signWith } from '../../world/keys.ts';
import type { Holder } from '../../world/own-pki.ts';

export const folder = mkdtempSync(join(tmpdir(), 'gatehouse-signed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A key pair; `file` holds the private half. */
export interface Key { readonly file: string; readonly publicPem: string }
export function makeKey(name: string, type: 'ed25519' | 'p256' = 'ed25519'): Key {
  const { privateKey, publicKey } = type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const file = join(folder, `${name}.pem`);
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { file, publicPem: String(publicKey.export({ type: 'spki', format: 'pem' })) };
}

export const signerDocument = (name: string, key: Key, spec: object = { mayCertify: [{ policy: '**' }] }): string =>
  JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name }, spec: { identities: [{ key: { data: key.publicPem } }], ...spec } });

/** A policy of the cluster, of this version, as people write it. */
export const policyText = (name = 'acme-images', version = 1, pattern = 'ghcr.io/acme/**'): string => `# who may run what
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata:
  name: ${name}
  annotations:
    gatehouse.dev/version: "${version}"
spec:
  artifacts: [{image: "${pattern}"}]
  require:
    - {name: signed, signature: {by: [release]}}
`;

let files = 0;
export const written = (text: string, ending = 'yaml'): string => {
  const path = join(folder, `document-${(files += 1)}.${ending}`);
  writeFileSync(path, text);
  return path;
};

/** The text as `gatehouse policy sign` gives it. */
export async function signed(text: string, key: Key, ...flags: string[]): Promise<string> {
  const { code, stdout, stderr } = await ranCommandLine('policy', 'sign', written(text), '--key', key.file, ...flags);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** The text with a bundle over it by a certificate of one's own, and the authorities between it and the root. */
export async function signedByCertificate(text: string, holder: Holder, between: readonly Holder[]): Promise<string> {
  const path = written(text);
  const canonical = await ranCommandLine('policy', 'sign', path, '--canonical');
  const message = Buffer.from(canonical.stdout);
  const bundle = written(JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2',
    verificationMaterial: {
      tlogEntries: [], x509CertificateChain: { certificates: [holder, ...between].map(({ certificate }) => ({ rawBytes: Buffer.from(certificate.der).toString('base64') })) },
    },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: createHash('sha256').update(message).digest('base64') },
      signature: Buffer.from(signWith(holder.key, message)).toString('base64'),
    },
  }), 'json');
  const { code, stdout, stderr } = await ranCommandLine('policy', 'sign', path, '--bundle', bundle);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

export const signersOf = (documents: readonly string[], threshold = 1): PolicySigners => ({
  ...compileSignersAlone([{ path: 'signers.yaml', text: documents.join('\n---\n') }], createTrustReader()), threshold,
});

const prove = await createPolicyProver(POLICY_PAYLOAD_TYPE);

export interface Looked { readonly because: readonly (RefusedBecause | 'used')[]; readonly errors: readonly string[] }

/** Looks at the documents of a file as a server does before it compiles them, and puts what it lets through in force. */
export function look(
  text: string, signers: PolicySigners, versions: Versions = createVersions(false), { except = [], now = Date.now(), certificates }: { except?: string[]; now?: number; certificates?: CertificateStatuses } = {},
): Looked {
  const pass = beginPass({ signers: () => signers, prove, versions, except: new Set(except), now: () => now, certificates: () => certificates });
  const because: (RefusedBecause | 'used')[] = [];
  const { problems } = compilePolicies([{ path: 'policies.yaml', text }], {
    trust: createTrustReader(),
    refuses(value) {
      const refusal = pass.refuses(value);
      because.push(refusal?.because ?? 'used');
      return refusal?.message;
    },
  });
  const refusals = because.filter((one) => one !== 'used').length;
  if (refusals === 0) versions.raise(pass.passed);
  const errors = problems.filter(({ severity, path }) => severity === 'error' && path === 'metadata.name').map(({ file, line, message }) => `${file}:${line}: ${message}`);
  if (errors.length < refusals) throw new Error(`${refusals} refusals and ${errors.length} errors at their documents`);
  return { because, errors };
}

export const valuesOf = (text: string): unknown[] => (parseAllDocuments(text) as { toJS(): unknown }[]).map((one) => one.toJS());
export const read = (path: string): string => readFileSync(path, 'utf8');
