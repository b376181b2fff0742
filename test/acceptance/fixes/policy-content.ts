/** Reasons about what attestations say, and about layers: who is refused, and what becomes of him when he obeys. */
import type { LayersFact } from '../../../src/domain/policy/examined-requirement.ts';
import { readEncryption } from '../../../src/fetch/oci/layer-encryption.ts';
import { base64 } from '../../world/encode.ts';
import { spdxDocument, vulnScan } from '../../world/statement.ts';
import type { Predicate } from '../../world/statement.ts';
import { attested, bob, byKey, DIGEST, HOUR, NOW, OTHER, policy, SIGNERS } from './support.ts';
import type { Obeyed } from './support.ts';

const X = 'https://acme.example/scan/v1';
const under = (requirement: object): string => SIGNERS + policy(requirement);
const says = (predicate: object): Predicate => ({ predicateType: X, predicate });
const condP = under({ attestation: { type: X, by: ['alice'], where: [{ cel: 'predicate.clean == true', message: 'not clean' }] } });
const [sbomP, completeP] = [under({ sbom: { by: ['alice'] } }), under({ sbom: { by: ['alice'], complete: true } })];
const [deniedP, licenceP] = [under({ sbom: { by: ['alice'], deny: { packages: ['log4j*'] } } }), under({ sbom: { by: ['alice'], deny: { licenses: ['AGPL-*'] } } })];
const scanP = under({ vulnerability: { by: ['alice'], deny: 'high' } });
const vexP = under({ vulnerability: { by: ['alice'], deny: 'high', vex: { by: ['bob'] } } });
const testP = under({ testResult: { by: ['alice'] } });
const reviewP = under({ codeReview: { by: ['bob'], authors: ['alice'] } });
const traceP = (network: readonly string[]): string => under({ runtimeTrace: { by: ['alice'], network } });
const cryptP = (recipients: readonly string[]): string => under({ encryption: { recipients } });

/** An SBOM of the image, with this package and licence. */
function document(name = 'app', licence = 'MIT', of = DIGEST): Predicate {
  const { predicateType, predicate } = spdxDocument({ at: NOW, packages: [name] });
  const { packages, ...rest } = predicate as { readonly packages: readonly object[] };
  const image = { name: 'image', SPDXID: 'SPDXRef-image', versionInfo: of, downloadLocation: 'NOASSERTION', checksums: [{ algorithm: 'SHA256', checksumValue: of.slice(7) }] };
  const relationships = [{ spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: 'SPDXRef-image' }];
  return { predicateType, predicate: { ...rest, documentDescribes: ['SPDXRef-image'], relationships, packages: [image, ...packages.map((one) => ({ ...one, licenseConcluded: licence }))] } };
}

const result = (said: string): Predicate => ({ predicateType: 'https://in-toto.io/attestation/test-result/v0.1', predicate: { result: said, configuration: [{ name: 'c', digest: { sha256: 'a'.repeat(64) } }], passedTests: ['unit'] } });
const review = (said: string): Predicate => ({ predicateType: 'https://in-toto.io/attestation/human-review/v0.1', predicate: { result: said, timestamp: new Date(NOW - HOUR).toISOString(), reviewers: [] } });
const trace = (host: string): Predicate => ({
  predicateType: 'https://in-toto.io/attestation/runtime-trace/v0.1',
  predicate: { monitor: { type: 'https://monitor.example', tracePolicy: { policies: [{ Name: 'connect' }] } }, monitoredProcess: { hostID: 'h', type: 'https://b.example', event: 'e' }, monitorLog: { network: [{ ip: '203.0.113.9', hostname: host, port: 443, protocol: 'tcp' }] } },
});
const vex: Predicate = {
  predicateType: 'https://openvex.dev/ns',
  predicate: {
    '@context': 'https://openvex.dev/ns/v0.2.0', '@id': 'https://acme.example/vex/1', author: 'bob', timestamp: new Date(NOW - HOUR).toISOString(), version: 1,
    statements: [{ vulnerability: { name: 'CVE-2025-1000' }, products: [{ '@id': `pkg:oci/app@${DIGEST}`, hashes: { 'sha-256': DIGEST.slice(7) } }], status: 'not_affected', justification: 'vulnerable_code_not_present' }],
  },
};

/** One layer whose key is wrapped for this recipient; with nobody it is plain. */
function layers(recipient?: string): LayersFact {
  const annotations: Record<string, string> = recipient === undefined ? {} : {
    'org.opencontainers.image.enc.pubopts': base64(Buffer.from(JSON.stringify({ cipher: 'AES_256_CTR_HMAC_SHA256', hmac: base64(new Uint8Array(32)), cipheroptions: {} }))),
    'org.opencontainers.image.enc.keys.jwe': base64(Buffer.from(JSON.stringify({ recipients: [{ header: { alg: 'RSA-OAEP', kid: recipient }, encrypted_key: 'AA' }], ciphertext: 'AA' }))),
  };
  const mediaType = `application/vnd.oci.image.layer.v1.tar+gzip${recipient === undefined ? '' : '+encrypted'}`;
  return { ok: true, images: [{ digest: DIGEST, layers: [{ mediaType, digest: OTHER, encryption: readEncryption(annotations) }] }] };
}

/** Each code about content and layers. */
export const CONTENT_FIXES = {
  POLICY_CONDITION: {
    refused: { policies: condP, evidence: [attested(says({ clean: false }))] }, fix: /attest again once the artifact meets the condition under "expected"/,
    says: /expected predicate.clean == true[^]*found {4}not clean[^]*cause {4}the condition is false/, obeyed: { policies: condP, evidence: [attested(says({ clean: true }))] },
  },
  POLICY_CONDITION_ERROR: {
    refused: { policies: condP, evidence: [attested(says({}))] }, fix: /have the attestation say what the condition under "expected" asks for, or ask the owner of policy p to guard optional fields/,
    says: /cause {4}the condition comes to an error at: /, obeyed: { policies: condP, evidence: [attested(says({ clean: true }))] },
  },
  POLICY_CONTENT_UNREADABLE: {
    refused: { policies: sbomP, evidence: [attested({ predicateType: 'https://spdx.dev/Document', predicate: { Data: 'SPDXVersion: SPDX-2.3\n' } })] },
    fix: /attest that as alice: cosign attest --type spdxjson --predicate sbom.json --key KEY IMAGE/, obeyed: { policies: sbomP, evidence: [attested(document())] },
  },
  POLICY_SBOM_INCOMPLETE: {
    refused: { policies: completeP, evidence: [attested(document('app', 'MIT', OTHER))] }, fix: /make the SBOM from the pushed image.*attest it as alice: cosign attest --type spdxjson/,
    obeyed: { policies: completeP, evidence: [attested(document())] },
  },
  POLICY_PACKAGE_DENIED: {
    refused: { policies: deniedP, evidence: [attested(document('log4j-core'))] }, fix: /replace the package, build, and attest the SBOM of the new image/, obeyed: { policies: deniedP, evidence: [attested(document('logback'))] },
  },
  POLICY_LICENSE_DENIED: {
    refused: { policies: licenceP, evidence: [attested(document('app', 'AGPL-3.0-only'))] }, fix: /replace the package, build/, obeyed: { policies: licenceP, evidence: [attested(document())] },
  },
  POLICY_VULNERABLE: {
    refused: { policies: scanP, evidence: [attested(vulnScan({ at: NOW - HOUR, severities: ['CRITICAL'] }))] }, fix: /update the packages, then scan and attest again; or ask the owner of policy p to accept VEX/,
    obeyed: { policies: scanP, evidence: [attested(vulnScan({ at: NOW - HOUR }))] },
  },
  POLICY_TEST_RESULT: {
    refused: { policies: testP, evidence: [attested(result('FAILED'))] }, fix: /run the tests again, and attest the new result/, obeyed: { policies: testP, evidence: [attested(result('PASSED'))] },
  },
  POLICY_REVIEW: {
    refused: { policies: reviewP, evidence: [byKey(), attested(review('fail'), { key: bob })] }, fix: /have somebody other than the author review and approve it as bob: cosign attest --type https:\/\/in-toto.io\/attestation\/human-review\/v0.1 --predicate review.json --key KEY IMAGE/,
    obeyed: { policies: reviewP, evidence: [byKey(), attested(review('pass'), { key: bob })] },
  },
  POLICY_TRACE: {
    refused: { policies: traceP(['good.example:443']), evidence: [attested(trace('evil.example'))] }, fix: /keep the build from it, or ask the owner of policy p/,
    obeyed: { policies: traceP(['good.example:443']), evidence: [attested(trace('good.example'))] },
  },
  POLICY_NOT_ENCRYPTED: {
    refused: { policies: cryptP(['node-a']), evidence: [], layers: layers() }, fix: /encrypt the image for the recipients of the policy and push it again/, obeyed: { policies: cryptP(['node-a']), evidence: [], layers: layers('node-a') },
  },
  POLICY_RECIPIENT: {
    refused: { policies: cryptP(['node-a']), evidence: [], layers: layers('node-b') }, fix: /encrypt the image for the recipients under "expected" only/, obeyed: { policies: cryptP(['node-a']), evidence: [], layers: layers('node-a') },
  },
} as const satisfies Record<string, Obeyed>;

/** The same code, where the policy accepts or asks for more. */
export const CONTENT_NEIGHBOURS: Readonly<Record<string, readonly ['POLICY_VULNERABLE' | 'POLICY_TRACE' | 'POLICY_TOO_OLD', Obeyed]>> = {
  'a policy that takes VEX says by whom': ['POLICY_VULNERABLE', {
    refused: { policies: vexP, evidence: [attested(vulnScan({ at: NOW - HOUR, severities: ['CRITICAL'] }))] },
    fix: /or, if they do not apply, have bob attest OpenVEX \(not_affected\) for this digest: cosign attest --type openvex --predicate vex.json --key KEY IMAGE/,
    obeyed: { policies: vexP, evidence: [attested(vulnScan({ at: NOW - HOUR, severities: ['CRITICAL'] })), attested(vex, { key: bob })] },
  }],
  'the owner may allow what a build did': ['POLICY_TRACE', {
    refused: { policies: traceP(['good.example:443']), evidence: [attested(trace('mirror.example'))] }, fix: /ask the owner of policy p whether it may do that/, owner: /add the connection to `network`/,
    obeyed: { policies: traceP(['good.example:443', 'mirror.example:443']), evidence: [attested(trace('mirror.example'))] },
  }],
  'the owner may accept VEX': ['POLICY_VULNERABLE', {
    refused: { policies: scanP, evidence: [attested(vulnScan({ at: NOW - HOUR, severities: ['CRITICAL'] })), attested(vex, { key: bob })] }, fix: /ask the owner of policy p to accept VEX/, owner: /let `vex` name who may say/,
    obeyed: { policies: vexP, evidence: [attested(vulnScan({ at: NOW - HOUR, severities: ['CRITICAL'] })), attested(vex, { key: bob })] },
  }],
  'an old scan is made anew, and not signed again': ['POLICY_TOO_OLD', {
    refused: { policies: under({ vulnerability: { by: ['alice'], deny: 'high', maxAge: '24h' } }), evidence: [attested(vulnScan({ at: NOW - 48 * HOUR }))] },
    fix: /scan again and attest the new report as alice: cosign attest --type vuln --predicate scan.json --key KEY IMAGE; signing the old one again does not make it younger/,
    obeyed: { policies: under({ vulnerability: { by: ['alice'], deny: 'high', maxAge: '24h' } }), evidence: [attested(vulnScan({ at: NOW - HOUR }))] },
  }],
};

