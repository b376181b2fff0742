/** Policies under which everything is tried: they are never judged by; what they are compiled to is what `inspect` verifies with. */
import { own, ownText } from '../../text/json/fields.ts';

/** Keyless evidence of anybody under the public good, and these keys, with and without its logs. */
export function anybody(keys: readonly string[]): string {
  return asked([
    { keyless: { issuerRegExp: '.+', subjectRegExp: '.+' } },
    ...keys.map((data) => ({ key: { data } })),
    // Signatures of OpenPGP and of security keys are in no log.
    ...keys.filter((data) => !/BEGIN PGP|^\s*sk-/.test(data)).map((data) => ({ key: { data, trustRoot: 'sigstore-public-good' } })),
  ]);
}

/** The same for whoever is proven under one of these trust roots; `undefined` where there is none. */
export function anybodyUnder(roots: readonly unknown[]): string | undefined {
  const identities = roots.flatMap((root) => {
    const trustRoot = ownText(own(root, 'metadata'), 'name');
    return trustRoot === undefined ? [] : [identityUnder(own(root, 'spec'), trustRoot)];
  });
  return identities.length === 0 ? undefined : asked(identities);
}

function identityUnder(spec: unknown, trustRoot: string): object {
  const [spiffe, x509, notation] = (['spiffe', 'x509', 'notation'] as const).map((kind) => own(spec, kind));
  if (spiffe !== undefined) return { spiffe: { idGlob: `spiffe://${ownText(spiffe, 'trustDomain') ?? ''}/**`, trustRoot } };
  if (x509 !== undefined || notation !== undefined) return { x509: { subjectGlob: '**', trustRoot } };
  return { keyless: { issuerRegExp: '.+', subjectRegExp: '.+', trustRoot } };
}

function asked(identities: readonly object[]): string {
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
