import { describe, expect, test } from 'vitest';
import { compilePolicies, formatProblem } from '../../../../src/policy/index.ts';
import { compile, compileSet, errors, fakeRoot, fakeTrust, KEYS, pem, policy, signer, trustRoot, warnings, YAML_PAIR } from '../support.ts';

const PATHS = (result: ReturnType<typeof compile>): string[] => errors(result).map((problem) => problem.path);

describe('a good set', () => {
  test('has policies, defaults and trust material', () => {
    const result = compile(YAML_PAIR);
    expect(result.problems).toEqual([]);
    const [only] = result.set?.policies ?? [];
    expect(only).toMatchObject({ kind: 'ClusterArtifactPolicy', name: 'images', mode: 'enforce', requireDigest: false, indexCoversChildren: false });
    expect(only?.requirements[0]).toMatchObject({ kind: 'signature', name: 'signed', threshold: 1, bindRepository: false });
    expect(only?.trust.roots.map((root) => root.name)).toEqual(['sigstore-public-good']);
    expect(only?.trust.roots[0]).toHaveProperty('require', { transparencyLog: 1, sct: 1, timestamps: 0 });
    expect([...(result.set?.literalHosts ?? [])]).toEqual(['ghcr.io']);
  });

  test('F09 a host that only a namespaced policy names may not be private: tenants do not open our network', () => {
    const set = compileSet(signer(), policy(), policy({ artifacts: [{ image: 'internal.tenant.example/**' }] }, { name: 'theirs', namespace: 'tenant' }));
    expect([...set.literalHosts]).toEqual(['ghcr.io']);
  });

  test('accepts what the API server adds to stored objects', () => {
    const stored = JSON.stringify({ ...(JSON.parse(policy()) as object), metadata: { name: 'images', uid: 'u', resourceVersion: '1', generation: 1, managedFields: [], labels: { a: 'b' } }, status: { x: 1 } });
    expect(compile(signer(), stored).set).toBeDefined();
  });

  test('an empty file, a file of comments and no file at all make an empty set', () => {
    expect(compile('', '# nothing\n', '---\n---\n').set?.policies).toEqual([]);
    expect(compile().set?.policies).toEqual([]);
  });

  test('compiles every field', () => {
    const key = { data: KEYS[0], notBefore: '2026-01-01T00:00:00Z', notAfter: '2027-01-01T00:00:00Z', transparencyLog: 'required', trustRoot: 'sigstore-public-good' };
    const keyless = { issuerRegExp: 'https://issuer\\.example/.*', subjectGlob: 'https://github.com/acme/app/*', claims: { runnerEnvironment: 'github-hosted', sourceRepositoryRef: { glob: 'refs/tags/*' } } };
    const set = compileSet(
      signer('alice', { identities: [{ key }, { keyless }], mayCertify: [{ image: 'ghcr.io/acme/**' }] }),
      policy({
        usedAs: ['container', 'buildStep'],
        namespaces: { matchLabels: { env: 'prod' }, matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['x'] }] },
        mode: 'warn',
        requireDigest: true,
        indexCoversChildren: true,
        require: [
          { name: 'signed', signature: { by: ['alice'], bindRepository: true, maxAge: '168h30m' } },
          { name: 'either', anyOf: [{ attestation: { type: 'https://slsa.dev/provenance/v1', by: ['alice'], maxAge: '7d' } }, { name: 'inner', signature: { by: ['alice'] } }] },
        ],
      }),
    );
    const [only] = set.policies;
    expect(only).toMatchObject({ mode: 'warn', requireDigest: true, indexCoversChildren: true });
    expect([...(only?.usedAs ?? [])]).toEqual(['container', 'buildStep']);
    expect(only?.namespaces?.source).toBe('env=prod,tier notin (x)');
    expect(only?.requirements).toMatchObject([
      { kind: 'signature', bindRepository: true, maxAge: 606_600_000, by: [{ name: 'alice', identities: [{ kind: 'key', notBefore: Date.UTC(2026, 0), transparencyLog: 'required', trustRoot: 'sigstore-public-good' }, { kind: 'keyless', claims: [{ name: 'runnerEnvironment' }, { name: 'sourceRepositoryRef' }] }] }] },
      { kind: 'anyOf', name: 'either', of: [{ kind: 'attestation', name: 'alternative 1', maxAge: 604_800_000 }, { kind: 'signature', name: 'inner' }] },
    ]);
    const [trusted] = only?.trust.keys ?? [];
    expect(trusted?.rootId).toBe(only?.trust.roots[0]?.id);
  });

  test('a key without trustRoot has no rootId', () => {
    const set = compileSet(signer('alice', { identities: [{ key: { data: KEYS[0] } }] }), policy());
    expect(set.policies[0]?.trust).toMatchObject({ keys: [{ keyId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) }], roots: [] });
    expect(set.policies[0]?.trust.keys[0]).not.toHaveProperty('rootId');
  });

  test('policies are sorted by kind, namespace and name, whatever the order of files', () => {
    const documents = [signer(), policy({}, { name: 'b' }), policy({}, { name: 'z', namespace: 'n' }), policy({}, { name: 'a' }), policy({}, { name: 'c', namespace: 'm' })];
    const order = (texts: string[]): string[] => compileSet(...texts).policies.map((entry) => `${entry.kind}/${entry.namespace ?? ''}/${entry.name}`);
    const expected = ['ArtifactPolicy/m/c', 'ArtifactPolicy/n/z', 'ClusterArtifactPolicy//a', 'ClusterArtifactPolicy//b'];
    expect(order(documents)).toEqual(expected);
    expect(order(documents.toReversed())).toEqual(expected);
    expect(compileSet(...documents).candidates({ kind: 'image', name: 'ghcr.io/acme/x' }).map((entry) => entry.name)).toEqual(['c', 'z', 'a', 'b']);
  });
});

describe('generation', () => {
  const base = compileSet(signer(), policy()).generation;
  test('is the same for another order of files, other notation, labels and comments', () => {
    expect(compileSet(policy(), signer()).generation).toBe(base);
    expect(compileSet(`# comment\n${policy({}, { labels: { a: 'b' } })}\n---\n${signer()}`).generation).toBe(base);
  });
  test.each([
    ['mode', [signer(), policy({ mode: 'warn' })]],
    ['pattern', [signer(), policy({ artifacts: [{ image: 'ghcr.io/acme/*' }] })]],
    ['signer', [signer('alice', { identities: [{ keyless: { issuer: 'https://issuer.example', subject: 'bob@acme.example' } }] }), policy()]],
    ['another policy', [signer(), policy(), policy({}, { name: 'second' })]],
  ])('changes with the %s', (_what, texts) => {
    expect(compileSet(...texts).generation).not.toBe(base);
  });
  test('I09 changes with the content of the built-in root, and so does the trust material', () => {
    const files = [{ path: 'a', text: signer() }, { path: 'b', text: policy() }];
    const other = compilePolicies(files, { trust: { ...fakeTrust, publicGood: fakeRoot(3, 1, 0) } }).set;
    expect(other?.generation).not.toBe(base);
    expect(other?.policies[0]?.trust.id).not.toBe(compileSet(signer(), policy()).policies[0]?.trust.id);
  });
});

describe('problems', () => {
  test('every one has file, line, column and path, and formats as compilers do', () => {
    const result = compile(YAML_PAIR.replace('by: [alice]', 'by: [alice, alcie]'));
    expect(result.set).toBeUndefined();
    expect(result.problems.map(formatProblem)).toEqual([
      'file0.yaml:20:21: error: spec.require[0].signature.by[1]: no Signer is named "alcie"; known are alice; did you mean "alice"?',
    ]);
  });

  test('all are found at once, across documents and inside one', () => {
    const result = compile(
      YAML_PAIR.replace('by: [alice]', 'by: [bob]\n        treshold: 2').replace('issuer: https', 'isuer: https'),
      policy({ mode: 'enforced', artifacts: [], require: [{ name: 'x', signature: { by: [], threshold: 0 } }] }, { name: 'Bad/Name' }),
    );
    expect(PATHS(result)).toEqual([
      'spec.identities[0].keyless.isuer',
      'spec.require[0].signature.treshold',
      'metadata.name',
      'spec.artifacts',
      'spec.require[0].signature.by',
      'spec.require[0].signature.threshold',
      'spec.mode',
    ]);
  });

  test('a broken signer is not also reported where it is used', () => {
    expect(PATHS(compile(signer('alice', { identities: [] }), policy()))).toEqual(['spec.identities']);
  });

  test('a missing field is reported at what should contain it', () => {
    const result = compile(YAML_PAIR.replace('by: [alice]', 'threshold: 1'));
    expect(errors(result)).toMatchObject([{ path: 'spec.require[0].signature.by', line: 19, column: 7, message: 'is missing: expected a list' }]);
  });

  test('values behind an alias are reported where they are written', () => {
    const swapped = YAML_PAIR.replace('by: [alice]', 'by: &who [alice, nobody]\n    - name: also\n      signature: {by: *who}');
    expect(errors(compile(swapped)).map((problem) => problem.line)).toEqual([20, 20]);
  });
});

describe('what must not compile', () => {
  const twice = { by: ['alice', 'alice'] };
  const cases: [string, string[], string][] = [
    ['a policy without signers', [signer(), policy({ require: [{ name: 'x', signature: { by: [] } }] })], 'spec.require[0].signature.by'],
    ['a policy without requirements', [signer(), policy({ require: [] })], 'spec.require'],
    ['a policy without artifacts', [signer(), policy({ artifacts: [] })], 'spec.artifacts'],
    ['a signer without identities', [signer('alice', { identities: [] })], 'spec.identities'],
    ['an unknown signer', [signer(), policy({ require: [{ name: 'x', signature: { by: ['bob'] } }] })], 'spec.require[0].signature.by[0]'],
    ['a threshold of 0', [signer(), policy({ require: [{ name: 'x', signature: { by: ['alice'], threshold: 0 } }] })], 'spec.require[0].signature.threshold'],
    ['a negative threshold', [signer(), policy({ require: [{ name: 'x', signature: { by: ['alice'], threshold: -1 } }] })], 'spec.require[0].signature.threshold'],
    ['a broken threshold', [signer(), policy({ require: [{ name: 'x', signature: { by: ['alice'], threshold: 0.5 } }] })], 'spec.require[0].signature.threshold'],
    ['a threshold above the number of signers', [signer(), policy({ require: [{ name: 'x', signature: { by: ['alice'], threshold: 2 } }] })], 'spec.require[0].signature.threshold'],
    ['the same signer twice', [signer(), policy({ require: [{ name: 'x', signature: twice }] })], 'spec.require[0].signature.by[1]'],
    ['a requirement without name', [signer(), policy({ require: [{ signature: { by: ['alice'] } }] })], 'spec.require[0].name'],
    ['a requirement name used twice', [signer(), policy({ require: [{ name: 'x', signature: { by: ['alice'] } }, { name: 'x', attestation: { type: 'a:b', by: ['alice'] } }] })], 'spec.require[1].name'],
    ['a requirement of no type', [signer(), policy({ require: [{ name: 'x' }] })], 'spec.require[0]'],
    ['a requirement of two types', [signer(), policy({ require: [{ name: 'x', signature: { by: ['alice'] }, anyOf: [{ signature: { by: ['alice'] } }] }] })], 'spec.require[0]'],
    ['an empty anyOf', [signer(), policy({ require: [{ name: 'x', anyOf: [] }] })], 'spec.require[0].anyOf'],
    ['an attestation without type', [signer(), policy({ require: [{ name: 'x', attestation: { by: ['alice'] } }] })], 'spec.require[0].attestation.type'],
    ['a duration that is none', [signer(), policy({ require: [{ name: 'x', signature: { by: ['alice'], maxAge: '1 week' } }] })], 'spec.require[0].signature.maxAge'],
    ['a usage that is none', [signer(), policy({ usedAs: ['containers'] })], 'spec.usedAs[0]'],
    ['a mode that is none', [signer(), policy({ mode: 'deny' })], 'spec.mode'],
    ['a policy defined twice', [signer(), policy(), policy()], 'metadata.name'],
    ['a signer defined twice', [signer(), signer()], 'metadata.name'],
    ['an ArtifactPolicy without namespace', [signer(), policy().replace('ClusterArtifactPolicy', 'ArtifactPolicy')], 'metadata.namespace'],
    ['a cluster policy with a namespace', [signer(), policy({}, { namespace: 'n' }).replace('ArtifactPolicy', 'ClusterArtifactPolicy')], 'metadata.namespace'],
    ['an ArtifactPolicy with a namespace selector', [signer(), policy({ namespaces: {} }, { namespace: 'n' })], 'spec.namespaces'],
    ['I03 a namespace with a path trick', [signer(), policy({}, { namespace: 'a/../kube-system' })], 'metadata.namespace'],
    ['a selector operator that is none', [signer(), policy({ namespaces: { matchExpressions: [{ key: 'a', operator: 'in', values: ['b'] }] } })], 'spec.namespaces.matchExpressions[0].operator'],
    ['In without values', [signer(), policy({ namespaces: { matchExpressions: [{ key: 'a', operator: 'In' }] } })], 'spec.namespaces.matchExpressions[0].operator'],
    ['Exists with values', [signer(), policy({ namespaces: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] } })], 'spec.namespaces.matchExpressions[0].operator'],
    ['a label value that is no text', [signer(), policy({ namespaces: { matchLabels: { env: true } } })], 'spec.namespaces.matchLabels.env'],
    ['two artifact kinds in one entry', [signer(), policy({ artifacts: [{ image: 'a/b', blob: 'c' }] })], 'spec.artifacts[0]'],
    ['an empty mayCertify', [signer('alice', { mayCertify: [] })], 'spec.mayCertify'],
    ['an unknown kind', [signer().replace('Signer', 'Singer')], 'kind'],
    ['another version of the API', [signer().replace('v1alpha1', 'v1')], 'apiVersion'],
    ['a document without kind', ['apiVersion: gatehouse.dev/v1alpha1'], 'kind'],
    ['a document without apiVersion', ['kind: Signer\nmetadata: {name: a}\nspec: {identities: [{key: {data: x}}]}'], 'apiVersion'],
    ['a list instead of a document', ['- a'], ''],
  ];
  test.each(cases)('%s', (_what, texts, path) => {
    const result = compile(...texts);
    expect(result.set).toBeUndefined();
    expect(PATHS(result)).toEqual([path]);
  });

  test('and the twin of them all does', () => {
    expect(errors(compile(signer(), policy()))).toEqual([]);
  });

  test('an anyOf without a name is called after its alternatives, anything else needs one', () => {
    const [a, b] = [{ name: 'by alice', signature: { by: ['alice'] } }, { name: 'with provenance', attestation: { type: 'https://slsa.dev/provenance/v1', by: ['alice'] } }];
    const names = (...require: unknown[]): unknown[] | undefined => compile(signer(), policy({ require })).set?.policies[0]?.requirements.map(({ name }) => name);
    expect(names({ anyOf: [a, b] })).toEqual(['by alice or with provenance']);
    expect(names({ ...a, name: 'x' }, { anyOf: [{ signature: a?.signature }, b] })).toEqual(['x', 'requirement 2']);
    expect(PATHS(compile(signer(), policy({ require: [{ signature: { by: ['alice'] } }] })))).toEqual(['spec.require[0].name']);
  });

  test('anyOf of four levels compiles, of five does not', () => {
    const nested = (levels: number): unknown => (levels === 0 ? { signature: { by: ['alice'] } } : { anyOf: [nested(levels - 1), { signature: { by: ['alice'], maxAge: `${levels}h` } }] });
    expect(compile(signer(), policy({ require: [{ name: 'x', ...(nested(4) as object) }] })).set).toBeDefined();
    expect(PATHS(compile(signer(), policy({ require: [{ name: 'x', ...(nested(5) as object) }] })))).toEqual(['spec.require[0].anyOf[0].anyOf[0].anyOf[0].anyOf[0].anyOf']);
  });
});

describe('names', () => {
  test.each(['__proto__', 'constructor/x', 'a/b', '../a', 'a\u0000b', 'A', 'a_b', '', '.', '-a', 'a'.repeat(254)])('L10 L11 the name %j is refused', (name) => {
    expect(compile(signer(name)).set).toBeUndefined();
    expect(errors(compile(signer(), policy({}, { name })))).toMatchObject([{ path: 'metadata.name' }]);
  });

  test.each(['constructor', 'tostring', 'hasownproperty', 'a.b-c.1'])('L10 the name %s is an ordinary one', (name) => {
    const set = compileSet(signer(name), policy({ require: [{ name, signature: { by: [name] } }] }, { name }));
    expect(set.policies[0]?.name).toBe(name);
  });

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf'])('L10 %s is no signer unless defined', (name) => {
    expect(errors(compile(signer(), policy({ require: [{ name: 'x', signature: { by: [name] } }] })))).toMatchObject([{ path: 'spec.require[0].signature.by[0]' }]);
  });

  test('L10 a key __proto__ is refused wherever it stands', () => {
    for (const text of [
      YAML_PAIR.replace('subject:', '__proto__:\n          claims: {}\n        subject:'),
      YAML_PAIR.replace('subject:', 'claims: {__proto__: x}\n        subject:'),
    ]) {
      expect(errors(compile(text)).map((problem) => problem.message)).toContain('the key __proto__ is not allowed');
    }
    expect(({} as Record<string, unknown>)['claims']).toBeUndefined();
  });

  test('L10 the key constructor is an unknown field like any other', () => {
    expect(errors(compile(signer('alice', { constructor: 1 })))).toMatchObject([{ path: 'spec.constructor' }]);
  });
});

describe('identities', () => {
  const withKeyless = (keyless: Record<string, unknown>): ReturnType<typeof compile> => compile(signer('alice', { identities: [{ keyless }] }));
  const ISSUER = { issuer: 'https://issuer.example' };
  const SUBJECT = { subject: 'a@b.example' };

  test.each([
    ['C06 no issuer', SUBJECT, 'spec.identities[0].keyless'],
    ['no subject', ISSUER, 'spec.identities[0].keyless'],
    ['two issuers', { ...ISSUER, issuerRegExp: 'x', ...SUBJECT }, 'spec.identities[0].keyless'],
    ['two subjects', { ...ISSUER, ...SUBJECT, subjectGlob: 'x' }, 'spec.identities[0].keyless'],
    ['an empty issuer', { issuer: '', ...SUBJECT }, 'spec.identities[0].keyless.issuer'],
    ['an empty subject', { ...ISSUER, subject: '' }, 'spec.identities[0].keyless.subject'],
    ['C05 a misspelt field', { ...ISSUER, ...SUBJECT, subjectRegexp: 'x' }, 'spec.identities[0].keyless.subjectRegexp'],
    ['a number as claim', { ...ISSUER, ...SUBJECT, claims: { runnerEnvironment: 5 } }, 'spec.identities[0].keyless.claims.runnerEnvironment'],
    ['a claim with an unknown form', { ...ISSUER, ...SUBJECT, claims: { runnerEnvironment: { regexp: '.*' } } }, 'spec.identities[0].keyless.claims.runnerEnvironment'],
    ['an unknown trust root', { ...ISSUER, ...SUBJECT, trustRoot: 'acme' }, 'spec.identities[0].keyless.trustRoot'],
    ['a regular expression that does not compile', { ...ISSUER, subjectRegExp: '(' }, 'spec.identities[0].keyless.subjectRegExp'],
    ['C11 a NUL in the subject', { ...ISSUER, subject: 'a\u0000b' }, 'spec.identities[0].keyless.subject'],
  ])('%s is refused', (_what, keyless, path) => {
    expect(PATHS(withKeyless(keyless))).toEqual([path]);
  });

  test('C05 the misspelt field comes with the right one', () => {
    expect(errors(withKeyless({ ...ISSUER, ...SUBJECT, subjectRegexp: 'x' }))[0]?.message).toContain('did you mean "subjectRegExp"?');
  });

  test('their twin is accepted', () => {
    expect(withKeyless({ ...ISSUER, ...SUBJECT, claims: { runnerEnvironment: 'x' } }).problems).toEqual([]);
  });

  const withKey = (key: Record<string, unknown>): ReturnType<typeof compile> => compile(signer('alice', { identities: [{ key: { data: KEYS[0], ...key } }] }));
  test.each([
    ['no key', { data: 'hello' }, 'data'],
    ['a private key', { data: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----' }, 'data'],
    ['a window of nothing', { notBefore: '2026-01-01T00:00:00Z', notAfter: '2026-01-01T00:00:00Z' }, 'notAfter'],
    ['a day that is none', { notBefore: '2026-02-30T00:00:00Z' }, 'notBefore'],
    ['a date without time', { notBefore: '2026-02-03' }, 'notBefore'],
    ['a required log without root', { transparencyLog: 'required' }, 'transparencyLog'],
    ['a name for bare payloads with a space', { barePayloadKeyId: 'a b' }, 'barePayloadKeyId'],
    ['an empty name for bare payloads', { barePayloadKeyId: '' }, 'barePayloadKeyId'],
    ['a log for bare payloads', { barePayloadKeyId: 'google', trustRoot: 'sigstore-public-good' }, 'barePayloadKeyId'],
    ['a word for transparencyLog that is none', { transparencyLog: 'never' }, 'transparencyLog'],
  ])('%s is refused', (_what, key, field) => {
    expect(PATHS(withKey(key))).toEqual([`spec.identities[0].key.${field}`]);
  });
  test('a good window and log are accepted', () => {
    expect(errors(withKey({ notBefore: '2026-01-01T00:00:00Z', notAfter: '2026-01-01T00:00:01+00:00', transparencyLog: 'required', trustRoot: 'sigstore-public-good' }))).toEqual([]);
  });
  test('a required log needs a root that lists logs', () => {
    const identities = [{ key: { data: KEYS[0], transparencyLog: 'required', trustRoot: 'bare' } }];
    expect(PATHS(compile(signer('alice', { identities }), trustRoot('bare', { trustedRoot: fakeRoot(0, 0, 1) })))).toEqual(['spec.identities[0].key.trustRoot']);
    expect(errors(compile(signer('alice', { identities }), trustRoot('bare', { trustedRoot: fakeRoot(1, 0, 1) })))).toEqual([]);
  });
  test('a key as YAML block scalar is read', () => {
    expect(compile(`apiVersion: gatehouse.dev/v1alpha1\nkind: Signer\nmetadata: {name: a}\nspec:\n  identities:\n    - key:\n        data: |\n${pem(1, 10)}\n`).problems).toEqual([]);
  });
});

describe('trust roots', () => {
  const requirementsOf = (sigstore: Record<string, unknown>): unknown => {
    const identities = [{ keyless: { issuer: 'https://i.example', subject: 'a@b.example', trustRoot: 'own' } }];
    const root = compileSet(signer('alice', { identities }), policy(), trustRoot('own', sigstore)).policies[0]?.trust.roots[0];
    return root?.kind === 'sigstore' ? root.require : undefined;
  };
  test.each([
    ['logs and CT logs', { trustedRoot: fakeRoot(1, 1, 0) }, { transparencyLog: 1, sct: 1, timestamps: 0 }],
    ['logs, CT logs and timestamps', { trustedRoot: fakeRoot(2, 3, 1) }, { transparencyLog: 1, sct: 1, timestamps: 0 }],
    ['timestamps only', { trustedRoot: fakeRoot(0, 0, 1) }, { transparencyLog: 0, sct: 0, timestamps: 1 }],
    ['written numbers', { trustedRoot: fakeRoot(2, 2, 1), require: { transparencyLog: 2, sct: 0, timestamps: 1 } }, { transparencyLog: 2, sct: 0, timestamps: 1 }],
    ['a text of JSON', { trustedRoot: JSON.stringify(fakeRoot(1, 0, 1)) }, { transparencyLog: 1, sct: 0, timestamps: 0 }],
    ['the public good', { publicGood: true, require: { timestamps: 1 } }, { transparencyLog: 1, sct: 1, timestamps: 1 }],
  ])('%s', (_what, sigstore, expected) => {
    expect(requirementsOf(sigstore)).toEqual(expected);
  });

  test.each([
    ['the name of the built-in root', 'sigstore-public-good', { publicGood: true }, 'metadata.name'],
    ['neither log nor timestamp', 'r', { trustedRoot: fakeRoot(1, 1, 1), require: { transparencyLog: 0 } }, 'spec.sigstore.require'],
    ['more logs than listed', 'r', { trustedRoot: fakeRoot(1, 1, 1), require: { transparencyLog: 2 } }, 'spec.sigstore.require.transparencyLog'],
    ['more timestamps than listed', 'r', { trustedRoot: fakeRoot(1, 1, 0), require: { timestamps: 1 } }, 'spec.sigstore.require.timestamps'],
    ['a root that lists nothing', 'r', { trustedRoot: fakeRoot(0, 0, 0) }, 'spec.sigstore.require.timestamps'],
    ['a negative number', 'r', { publicGood: true, require: { sct: -1 } }, 'spec.sigstore.require.sct'],
    ['a root the trust room refuses', 'r', { trustedRoot: { mediaType: 'x' } }, 'spec.sigstore.trustedRoot.mediaType'],
    ['a text that is no JSON', 'r', { trustedRoot: 'hello' }, 'spec.sigstore.trustedRoot'],
    ['two sources', 'r', { publicGood: true, trustedRoot: fakeRoot() }, 'spec.sigstore'],
    ['no source', 'r', {}, 'spec.sigstore'],
    ['publicGood: false', 'r', { publicGood: false }, 'spec.sigstore.publicGood'],
  ])('%s is refused', (_what, name, sigstore, path) => {
    expect(PATHS(compile(trustRoot(name, sigstore)))).toEqual([path]);
  });

  test('the id changes with name, content and numbers', () => {
    const ids = [trustRoot('own', { trustedRoot: fakeRoot(2, 1, 1) }), trustRoot('own', { trustedRoot: fakeRoot(2, 2, 1) }), trustRoot('own', { trustedRoot: fakeRoot(2, 1, 1), require: { timestamps: 1 } })].map((root) => {
      const identities = [{ keyless: { issuer: 'https://i.example', subject: 'a@b.example', trustRoot: 'own' } }];
      return compileSet(signer('alice', { identities }), policy(), root).policies[0]?.trust.id;
    });
    expect(new Set(ids).size).toBe(3);
  });
});

test('warnings do not prevent a set', () => {
  const result = compile(signer(), policy({ artifacts: [{ image: '**' }] }));
  expect(warnings(result)).toHaveLength(1);
  expect(result.set).toBeDefined();
});
