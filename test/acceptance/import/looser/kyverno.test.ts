/** Policies of Kyverno whose import was looser than they are, each with a twin that is admitted. */
import { expect, test } from 'vitest';
import { GOOGLE, keyless, remarks, signed, verdicts } from './support.ts';

const kyverno = (rule: object, spec: object = { validationFailureAction: 'Enforce' }, rules: readonly unknown[] = []): unknown => ({
  apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy', metadata: { name: 'p' },
  spec: { ...spec, rules: [{ name: 'r', match: { any: [{ resources: { kinds: ['Pod'] } }] }, ...rule }, ...rules] },
});
const block = (more: object): unknown => ({ imageReferences: ['*'], attestors: [{ entries: [keyless('alice')] }], ...more });
const ALICE = 'p-r-1-1';

test('Kyverno: a registry without a dot, whose port looks like a tag, is meant with all that it holds', async () => {
  for (const reference of ['localhost:5000*', 'localhost:5*', 'registry:50?0/*'])
    await verdicts(kyverno({ verifyImages: [block({ imageReferences: [reference] })] }), 'allow', [
      [reference.startsWith('l') ? 'localhost:5000/acme/app:1' : 'registry:5000/acme/app:1', [], 'deny'],
      [reference.startsWith('l') ? 'localhost:5000/acme/app:1' : 'registry:5000/acme/app:1', [signed(ALICE)], 'admit'],
    ]);
});

test.each([
  ['docker.io/library/*, which is not where some versions look for nginx', 'docker.io/library/*', 'nginx:1'],
  ['docker.io/l*, which other versions need not mean', 'docker.io/l*/nginx*', 'nginx:1'],
  ['index.docker.io, which no name is completed with', 'index.docker.io/acme/*', 'acme/app:1'],
  ['a reference without a host', 'acme/*', 'acme/app:1'],
])('Kyverno leaves out less than skipImageReferences could be read as: %s', async (_, skipped, image) => {
  await verdicts(kyverno({ verifyImages: [block({ skipImageReferences: [skipped] })] }), 'allow', [[image, [], 'deny'], [image, [signed(ALICE)], 'admit']]);
});

test('Kyverno: what every version leaves out is left out', async () => {
  for (const [skipped, image] of [['docker.io/acme/*', 'acme/app:1'], ['ghcr.io/acme/*', 'ghcr.io/acme/app:1'], ['docker.io/*', 'nginx:1']] as const)
    await verdicts(kyverno({ verifyImages: [block({ skipImageReferences: [skipped] })] }), 'allow', [[image, [], 'admit'], ['quay.io/acme/app:1', [], 'deny']]);
});

test('Kyverno: without attestors an image is verified by nobody, and a digest is asked for', async () => {
  const none = (more: object): unknown => kyverno({ verifyImages: [{ imageReferences: ['ghcr.io/*'], ...more }] });
  await verdicts(none({}), 'allow', [['ghcr.io/acme/app:1', [], 'deny']]);
  await verdicts(none({ required: false, mutateDigest: false }), 'allow', [['ghcr.io/acme/app:1', [], 'deny']]);
  await verdicts(none({ required: false }), 'allow', [['ghcr.io/acme/app:1', [], 'warn']]);
  await verdicts(none({ required: false, mutateDigest: false, verifyDigest: false }), 'allow', [['ghcr.io/acme/app:1', [], 'warn']]);
});

test('Kyverno: one action counts for all rules of a policy, whichever rule says it', async () => {
  const other = (said: object): readonly unknown[] => [{ name: 'v', match: { any: [{ resources: { kinds: ['Pod'] } }] }, validate: { message: 'm', pattern: {}, ...said } }];
  const enforced = [
    kyverno({ verifyImages: [block({})] }, {}, other({ failureAction: 'Enforce' })),
    kyverno({ verifyImages: [block({ failureAction: 'Audit' })] }, {}, other({ failureAction: 'Enforce' })),
    kyverno({ verifyImages: [block({})] }, {}, other({ failureAction: 'Audit', failureActionOverrides: [{ action: 'Enforce', namespaces: ['prod'] }] })),
    kyverno({ verifyImages: [block({ failureAction: 'Audit' }), block({ failureAction: 'Enforce', imageReferences: ['quay.io/x/*'] })] }, {}),
  ];
  for (const source of enforced) {
    await verdicts(source, 'allow', [['ghcr.io/acme/app:1', [], 'deny']]);
    expect(remarks(source).some((line) => line.startsWith('stricter: it is enforced'))).toBe(true);
  }
  await verdicts(kyverno({ verifyImages: [block({})] }, {}, other({ failureAction: 'Audit' })), 'allow', [['ghcr.io/acme/app:1', [], 'admit']]);
  await verdicts(kyverno({ verifyImages: [block({ failureAction: 'Audit' })] }), 'allow', [['ghcr.io/acme/app:1', [], 'admit']]);
});

test('Kyverno: pods that are left out leave in what makes them, where that is named as well', async () => {
  const rule = (kinds: readonly string[], left: readonly string[]): unknown => kyverno({
    match: { any: [{ resources: { kinds } }] }, exclude: { any: [{ resources: { kinds: left, namespaces: ['dev'] } }] }, verifyImages: [block({})],
  });
  for (const [kinds, left] of [[['Pod', 'Deployment'], ['Pod']], [['*'], ['Pod']], [['apps/v1/Deployment', 'v1/Pod'], ['v1/Pod']]] as const)
    await verdicts(rule(kinds, left), 'allow', [['ghcr.io/acme/app:1', [], 'deny', 'dev']]);
  for (const [kinds, left] of [[['Pod'], ['Pod']], [['v1/Pod'], ['Pod']], [['Pod', 'Deployment'], ['Pod', 'Deployment']], [['Pod', 'Deployment'], ['*']], [['Pod'], []]] as const)
    await verdicts(rule(kinds, left), 'allow', [['ghcr.io/acme/app:1', [], 'admit', 'dev'], ['ghcr.io/acme/app:1', [], 'deny', 'prod']]);
});

test.each([
  ['annotations beside a nested attestor', { annotations: { env: 'prod' }, attestor: { entries: [keyless('alice')] } }, 'annotations beside a nested attestor'],
  ['a variable in a subject', { keyless: { issuer: GOOGLE, subject: '{{ request.object.metadata.labels.owner }}*' } }, 'a variable'],
  ['a variable in an expression', { keyless: { issuer: GOOGLE, subjectRegExp: '{{ owner }}' } }, 'a variable'],
  ['a variable in annotations', { ...keyless('alice'), annotations: { env: '{{ request.namespace }}' } }, 'a variable'],
])('Kyverno: %s is told, and shuts the door', async (_, entry, what) => {
  const source = kyverno({ verifyImages: [{ imageReferences: ['*'], attestors: [{ entries: [entry] }] }] });
  expect(remarks(source)).toContain(`unsaid: ${what}`);
  await verdicts(source, 'allow', [['ghcr.io/acme/app:1', [signed(keyless('alice'))], 'deny']]);
});

test('Kyverno: a nested attestor with nothing beside it is asked', async () => {
  await verdicts(kyverno({ verifyImages: [{ imageReferences: ['*'], attestors: [{ entries: [{ attestor: { entries: [keyless('alice')] } }] }] }] }), 'allow', [
    ['ghcr.io/acme/app:1', [signed('p-r-1-1-1')], 'admit'], ['ghcr.io/acme/app:1', [signed(keyless('bob'))], 'deny'],
  ]);
});
