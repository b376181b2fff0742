/** Mistakes that the API server itself refuses, with nothing of ours running; each beside the same document without it. */

/** One mistake: the spec that has it, the spec that has not, and what is said of the first. */
export interface Mistake {
  readonly what: string;
  readonly kind: 'Signer' | 'ClusterArtifactPolicy' | 'ArtifactPolicy' | 'TrustRoot' | 'RevocationList' | 'PipelinePolicy' | 'AdmissionException';
  readonly bad: unknown;
  readonly good: unknown;
  readonly says: RegExp;
}

const POLICY = { artifacts: [{ image: 'ghcr.io/acme/**' }], require: [{ name: 'signed', signature: { by: ['alice'] } }] };
const KEYLESS = { issuer: 'https://accounts.example', subject: 'alice@acme.example' };
const EXCEPTION = {
  digests: [`sha256:${'a'.repeat(64)}`], policies: [{ name: 'signed' }], namespaces: ['shop'], reason: 'release', requestedBy: 'alice', approvedBy: 'bob',
  notBefore: '2026-11-01T00:00:00Z', expiresAt: '2026-11-08T00:00:00Z',
};
const DOCUMENT = { document: '{"signed": {}, "signatures": []}', owners: ['alice'] };

const policy = (what: string, bad: object, says: RegExp, good: object = {}): Mistake =>
  ({ what, kind: 'ClusterArtifactPolicy', bad: { ...POLICY, ...bad }, good: { ...POLICY, ...good }, says });
const demand = (what: string, bad: object, good: object, says: RegExp): Mistake =>
  policy(what, { require: [{ name: 'r', ...bad }] }, says, { require: [{ name: 'r', ...good }] });
const signer = (what: string, bad: object, good: object, says: RegExp): Mistake =>
  ({ what, kind: 'Signer', bad: { identities: [{ keyless: KEYLESS }], ...bad }, good: { identities: [{ keyless: KEYLESS }], ...good }, says });
const exception = (what: string, bad: object, says: RegExp, good: object = {}): Mistake =>
  ({ what, kind: 'AdmissionException', bad: { ...EXCEPTION, ...bad }, good: { ...EXCEPTION, ...good }, says });
const pipeline = (what: string, bad: object, good: object, says: RegExp): Mistake => ({ what, kind: 'PipelinePolicy', bad, good, says });
const identity = (what: string, keyless: object, says: RegExp): Mistake => signer(what, { identities: [{ keyless }] }, {}, says);

/** Every rule of a schema, broken once. */
export const MISTAKES: readonly Mistake[] = [
  { what: 'no spec', kind: 'Signer', bad: undefined, good: { identities: [{ keyless: KEYLESS }] }, says: /spec: Required value/ },
  identity('no issuer', { subject: 'a@b.example' }, /expected exactly one of issuer, issuerRegExp/),
  identity('two issuers', { ...KEYLESS, issuerRegExp: '.*' }, /expected exactly one of issuer, issuerRegExp/),
  identity('no subject', { issuer: 'https://i.example' }, /expected exactly one of subject, subjectGlob, subjectRegExp/),
  identity('two subjects', { ...KEYLESS, subjectGlob: 'a*' }, /expected exactly one of subject, subjectGlob, subjectRegExp/),
  signer('nobody', { identities: [] }, {}, /spec.identities: Invalid value.*at least 1 items/),
  signer('an identity of no kind', { identities: [{}] }, {}, /expected exactly one of keyless, key/),
  signer('an identity of a kind that there is not', { identities: [{ kerberos: { principal: 'x' } }] }, {}, /expected exactly one of keyless, key/),
  signer('a validity without bounds', { validity: {} }, { validity: { notAfter: '2027-01-01T00:00:00Z' } }, /names neither notBefore nor notAfter/),
  signer('two things revoked in one entry', { revocations: [{ key: 'sha256:a', receipt: 'x', reason: 'lost' }] }, { revocations: [{ key: 'sha256:a', reason: 'lost' }] }, /expected exactly one of key, certificate/),
  signer('a pattern of two kinds', { mayCertify: [{ image: 'a/b', package: 'pkg:npm/x' }] }, { mayCertify: [{ package: 'pkg:npm/x' }] }, /expected exactly one of image, blob, package/),
  policy('nothing demanded', { require: [] }, /spec.require.*at least 1 items/),
  policy('no require', { require: undefined }, /spec.require: Required value/),
  policy('no artifacts', { artifacts: undefined }, /spec.artifacts: Required value/),
  policy('a pattern of two kinds', { artifacts: [{ image: 'a', git: 'b' }] }, /expected exactly one of image, blob, package, git, definition/),
  policy('a mode that there is not', { mode: 'enforced' }, /spec.mode: Unsupported value: "enforced"/, { mode: 'enforce' }),
  policy('a use that there is not', { usedAs: ['contaner'] }, /spec.usedAs\[0\]: Unsupported value/, { usedAs: ['container'] }),
  policy('callers that are nobody', { callers: {} }, /names nobody/, { callers: { serviceAccounts: ['ci/deployer'] } }),
  policy('a selector without values', { namespaces: { matchExpressions: [{ key: 'a', operator: 'In' }] } }, /need at least one of values/, { namespaces: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } }),
  policy('too many requirements', { require: Array.from({ length: 101 }, (_, index) => ({ name: `r${index}`, signature: { by: ['a'] } })) }, /must have at most 100 items/),
  demand('two kinds of requirement at once', { signature: { by: ['a'] }, sbom: { by: ['a'] } }, { sbom: { by: ['a'] } }, /expected exactly one of signature, attestation/),
  demand('no kind of requirement', {}, { signature: { by: ['a'] } }, /expected exactly one of signature, attestation/),
  demand('a threshold that nobody can reach', { signature: { by: ['a', 'b'], threshold: 3 } }, { signature: { by: ['a', 'b'], threshold: 2 } }, /threshold is higher than the number of signers/),
  demand('the same inside of anyOf', { anyOf: [{ signature: { by: ['a'], threshold: 2 } }] }, { anyOf: [{ signature: { by: ['a'], threshold: 1 } }] }, /threshold is higher than the number of signers/),
  demand('a threshold of none', { signature: { by: ['a'], threshold: 0 } }, { signature: { by: ['a'], threshold: 1 } }, /greater than or equal to 1/),
  demand('one rebuilder', { reproducible: { by: ['a'] } }, { reproducible: { by: ['a', 'b'] } }, /at least two rebuilders/),
  demand('the newest of any age', { attestation: { by: ['a'], type: 'spdx', newest: true } }, { attestation: { by: ['a'], type: 'spdx', newest: true, maxAge: '24h' } }, /newest needs maxAge/),
  demand('a registry that need say nothing', { registry: {} }, { registry: { checksum: 'accepted' } }, /demands nothing; write by/),
  demand('a checksum beside signers', { registry: { by: ['a'], checksum: 'accepted' } }, { registry: { by: ['a'] } }, /takes the place of by/),
  demand('a threshold of nobody', { registry: { noDowngrade: true, threshold: 1 } }, { registry: { noDowngrade: true } }, /counts the signers of by/),
  demand('a source that says nothing', { provenance: { by: ['a'], source: {} } }, { provenance: { by: ['a'], source: { uri: 'https://g.example/a' } } }, /is empty; write uri/),
  demand('a ref in two ways', { provenance: { by: ['a'], source: { ref: 'r', tag: 't' } } }, { provenance: { by: ['a'], source: { tag: 't' } } }, /expected at most one of ref, tag/),
  demand('dependencies that may be anything', { provenance: { by: ['a'], dependencies: {} } }, { provenance: { by: ['a'], dependencies: { pinned: true } } }, /demands nothing; write pinned/),
  demand('a level that there is not', { provenance: { by: ['a'], level: 4 } }, { provenance: { by: ['a'], level: 3 } }, /Unsupported value: 4/),
  demand('a layout of both forms', { layout: { ...DOCUMENT, steps: [{ name: 's', type: 't', by: ['a'] }] } }, { layout: { steps: [{ name: 's', type: 't', by: ['a'] }] } }, /expected exactly one of document, steps/),
  demand('a layout that nobody signed', { layout: { document: '{}' } }, { layout: DOCUMENT }, /names nobody who must have signed/),
  demand('owners of steps', { layout: { steps: [{ name: 's', type: 't', by: ['a'] }], owners: ['a'] } }, { layout: { steps: [{ name: 's', type: 't', by: ['a'] }] } }, /belong to a layout with document/),
  demand('chained documents', { layout: { ...DOCUMENT, chained: true } }, { layout: DOCUMENT }, /belong to a layout with steps/),
  demand('inspections without a product', { layout: { ...DOCUMENT, dataOnlyInspections: ['i'] } }, { layout: { ...DOCUMENT, dataOnlyInspections: ['i'], product: 'p' } }, /declares inspections/),
  { what: 'a policy of a namespace that demands nothing', kind: 'ArtifactPolicy', bad: { ...POLICY, require: [] }, good: POLICY, says: /at least 1 items/ },
  { what: 'a trust root of no kind', kind: 'TrustRoot', bad: {}, good: { sigstore: { publicGood: true } }, says: /expected exactly one of sigstore/ },
  { what: 'a trust root of two ways', kind: 'TrustRoot', bad: { sigstore: { publicGood: true, trustedRoot: {} } }, good: { sigstore: { trustedRoot: {} } }, says: /expected exactly one of publicGood, trustedRoot, tuf/ },
  { what: 'a list that revokes nothing', kind: 'RevocationList', bad: { revocations: [] }, good: { revocations: [{ digest: 'sha256:a', reason: 'bad' }] }, says: /at least 1 items/ },
  { what: 'a revocation without a reason', kind: 'RevocationList', bad: { revocations: [{ digest: 'sha256:a' }] }, good: { revocations: [{ digest: 'sha256:a', reason: 'bad' }] }, says: /reason: Required value/ },
  { what: 'a certificate by both', kind: 'RevocationList', bad: { revocations: [{ certificate: { serial: '1', fingerprint: 'sha256:a' }, reason: 'x' }] }, good: { revocations: [{ certificate: { serial: '1' }, reason: 'x' }] }, says: /expected exactly one of fingerprint, serial/ },
  pipeline('parameters of which nothing is demanded', { parameters: {} }, { parameters: { others: 'deny' } }, /demands nothing of parameters/),
  pipeline('a threshold of definitions that nobody signs', { definitions: { threshold: 2 } }, { definitions: { signedBy: ['a', 'b'], threshold: 2 } }, /need signedBy/),
  pipeline('a threshold of definitions that nobody can reach', { definitions: { signedBy: ['a'], threshold: 2 } }, { definitions: { signedBy: ['a'] } }, /higher than the number of signers in signedBy/),
  pipeline('a jail with a word that there is not', { jail: { networkPolicy: 'maybe' } }, { jail: { networkPolicy: 'off' } }, /Unsupported value: "maybe"/),
  exception('nothing let through', { digests: undefined }, /names neither artifacts nor digests/),
  exception('no end', { expiresAt: undefined }, /spec.expiresAt: Required value/),
  exception('an end before its beginning', { expiresAt: '2026-10-01T00:00:00Z' }, /is not after notBefore/),
  exception('31 days', { expiresAt: '2026-12-02T00:00:00Z' }, /more than 30 days/, { expiresAt: '2026-12-01T00:00:00Z' }),
  exception('nobody', { requestedBy: undefined, approvedBy: undefined }, /names nobody who asks for it/, { approvedBy: undefined }),
  exception('one pair of eyes', { approvedBy: 'alice' }, /somebody else has to approve/),
  exception('no reason', { reason: ' ' }, /spec.reason/),
  exception('a reason with control characters', { reason: 'a\u001b[31m' }, /spec.reason/),
  exception('no policy named', { policies: [] }, /at least 1 items/),
];
