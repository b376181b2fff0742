/**
 * Policies under which everything is tried: keyless evidence of anybody under the public good, and these keys, with
 * and without its logs. They are never judged by; what they are compiled to is what `inspect` verifies with.
 */
export function anybody(keys: readonly string[]): string {
  const identities = [
    { keyless: { issuerRegExp: '.+', subjectRegExp: '.+' } },
    ...keys.map((data) => ({ key: { data } })),
    // Signatures of OpenPGP and of security keys are in no log.
    ...keys.filter((data) => !/BEGIN PGP|^\s*sk-/.test(data)).map((data) => ({ key: { data, trustRoot: 'sigstore-public-good' } })),
  ];
  const documents = [
    { kind: 'Signer', metadata: { name: 'anybody' }, spec: { identities } },
    {
      kind: 'ClusterArtifactPolicy',
      metadata: { name: 'everything' },
      spec: { artifacts: [{ image: '**' }], require: [{ name: 'signed', signature: { by: ['anybody'] } }] },
    },
  ];
  return documents.map((document) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...document })).join('\n---\n');
}
