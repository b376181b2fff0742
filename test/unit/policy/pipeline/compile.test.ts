import { describe, expect, test } from 'vitest';
import type { AllowedSource, RequestPolicy, RequestRequirement } from '../../../../src/domain/policy/request-policy.ts';
import { expiries } from '../../../../src/policy/index.ts';
import { compile, compileSet, errors, policy as artifacts, signer } from '../support.ts';
import { MATTER, pipeline } from './support.ts';

function compiled(spec: object): RequestPolicy {
  const [policy] = compileSet(signer('platform-team'), signer('second'), pipeline(spec)).forRequest(MATTER);
  if (policy === undefined) throw new Error('no policy');
  return policy;
}

function demanded<K extends RequestRequirement['kind']>(spec: object, kind: K): Extract<RequestRequirement, { kind: K }> | undefined {
  return compiled(spec).requirements.find((one): one is Extract<RequestRequirement, { kind: K }> => one.kind === kind);
}

const problems = (spec: object, metadata: object = {}): string[] =>
  errors(compile(signer('platform-team'), pipeline(spec, metadata))).map(({ path, message }) => `${path}: ${message}`);

/** The example of the documentation of this kind, whole. */
const WHOLE = `apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: factory}
spec:
  namespaces: {matchLabels: {factory: "true"}}
  mode: enforce
  requesters: {serviceAccounts: ["ci/triggers"], groups: ["release-engineers"], users: []}
  definitions:
    signedBy: [platform-team]
    threshold: 1
    inline: deny
    sources: [{bundle: "ghcr.io/acme/tasks/**"}, {git: "https://github.com/acme/pipelines"}, {cluster: "tekton-catalog"}]
    pinned: true
    require: [{task: scan, before: [publish]}, {task: "fetch-*", first: true}]
  parameters: {deny: ["*_FLAGS"], allow: {revision: "[0-9a-f]{40}"}, others: allow}
  images: {deferred: allowIfPodsAreGated, unpinned: deny}
  hygiene: baseline
  serviceAccounts: ["pipeline", "publisher"]
  classes:
    label: gatehouse.dev/class
    definitions: {fetch: ["git-clone"], publish: ["kaniko"]}
    userCode: [build, test]
  jail: {networkPolicy: required, hermetic: required}
  publish: {results: required, provenance: required}
`;

describe('a PipelinePolicy', () => {
  test('the whole example gives every requirement, in the order in which messages name them', () => {
    const set = compileSet(signer('platform-team'), WHOLE);
    const [policy, ...others] = set.forRequest(MATTER);
    expect(others).toEqual([]);
    expect(set.policies).toEqual([]);
    expect(policy?.requirements.map(({ kind, name }) => `${kind}: ${name}`)).toEqual([
      'requesters: requesters', 'definitions: definitions', 'requiredTasks: required tasks', 'parameters: parameters', 'images: images',
      'hygiene: hygiene', 'serviceAccounts: service accounts', 'jail: jail', 'publish: publish', 'writers: writers',
      'reserved: reserved names',
    ]);
    expect(policy).toMatchObject({ name: 'factory', mode: 'enforce', namespaces: { source: 'factory=true' } });
    expect(policy?.namespaces?.test({ factory: 'true' })).toBe(true);
    expect(policy?.trust.roots.map(({ name }) => name)).toEqual(['sigstore-public-good']);
  });

  test('that says nothing demands what every one demands, of all namespaces', () => {
    const policy = compiled({});
    expect(policy.requirements.map(({ kind }) => kind)).toEqual(['images', 'writers', 'reserved']);
    expect(policy.requirements[0]).toEqual({ kind: 'images', name: 'images', deferred: 'allowIfPodsAreGated', unpinned: 'deny' });
    expect(policy).toMatchObject({ mode: 'enforce', trust: { keys: [], roots: [] } });
    expect(policy.namespaces).toBeUndefined();
  });

  test('several are in the order of their names, whatever the order of the files', () => {
    const [a, b] = [pipeline({}, { name: 'a' }), pipeline({}, { name: 'b' })];
    expect(compileSet(b, a).forRequest(MATTER).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(compileSet(b, a).generation).toBe(compileSet(a, b).generation);
    expect(compileSet(a).generation).not.toBe(compileSet(pipeline({ mode: 'warn' }, { name: 'a' })).generation);
  });

  test('stands beside policies about artifacts of the same name', () => {
    const set = compileSet(signer(), artifacts({}, { name: 'factory' }), pipeline({}));
    expect([set.policies.length, set.forRequest(MATTER).length]).toEqual([1, 1]);
    expect(errors(compile(pipeline({}), pipeline({})))).toMatchObject([{ path: 'metadata.name', message: expect.stringMatching(/already defined/) }]);
  });
});

test('hosts from which bundles come may be private ones, as those of images; their wildcards name none', () => {
  const hosts = (...bundles: string[]): string[] => [...compileSet(pipeline({ definitions: { sources: bundles.map((bundle) => ({ bundle })) } })).literalHosts];
  expect(hosts('registry.internal:5000/tasks/*', '*.example.com/tasks/*', '**')).toEqual(['registry.internal:5000']);
  expect(hosts()).toEqual([]);
});

test('the trust of its signers is in the inventory, for warnings ahead', () => {
  const { inventory } = compileSet(signer('platform-team', { validity: { notAfter: '2027-01-01T00:00:00Z' } }), WHOLE);
  expect(inventory?.signers.map(({ name }) => name)).toEqual(['platform-team']);
  expect(inventory?.roots.map(({ name }) => name)).toEqual(['sigstore-public-good']);
  expect(expiries({ ...(inventory === undefined ? {} : { inventory }) }, 0).some(({ kind, name }) => kind === 'signer' && name === 'platform-team')).toBe(true);
});

describe('what is left out is as strict as it can be', () => {
  test('of definitions', () => {
    expect(demanded({ definitions: { signedBy: ['platform-team'] } }, 'definitions')).toMatchObject({
      inline: 'deny', pinned: true, signedBy: { threshold: 1, by: [{ name: 'platform-team' }] },
    });
    expect(demanded({ definitions: {} }, 'definitions')).not.toHaveProperty('sources');
    expect(demanded({ definitions: {} }, 'definitions')).not.toHaveProperty('signedBy');
    expect(demanded({ definitions: { inline: 'allow', pinned: false, sources: [] } }, 'definitions')).toMatchObject({ inline: 'allow', pinned: false, sources: [] });
  });
  test('of the jail', () => {
    expect(demanded({ jail: {} }, 'jail')).toMatchObject({ networkPolicy: 'required', hermetic: 'required', otherPolicies: 'judge', apiServer: [] });
    expect(demanded({ jail: { networkPolicy: 'off', hermetic: 'off', otherPolicies: 'accept', apiServer: ['10.0.0.1/32', 'fd00::1/128'] } }, 'jail')).toMatchObject({
      networkPolicy: 'off', hermetic: 'off', otherPolicies: 'accept', apiServer: ['10.0.0.1/32', 'fd00::1/128'],
    });
  });
  test('of publishing', () => {
    expect(demanded({ publish: {} }, 'publish')).toMatchObject({ results: 'required', provenance: 'required' });
    expect(demanded({ publish: { results: 'off' } }, 'publish')).toMatchObject({ results: 'off', provenance: 'required' });
  });
  test('of classes', () => {
    const classes = demanded({ jail: {} }, 'jail')?.classes;
    expect(classes).toMatchObject({ label: 'gatehouse.dev/class', definitions: [] });
    expect([...(classes?.userCode ?? [])]).toEqual(['build', 'test']);
  });
  test('of requesters: nobody', () => {
    expect(demanded({ requesters: {} }, 'requesters')).toMatchObject({ users: new Set(), groups: new Set() });
  });
});

describe('who signs definitions holds for every requirement that looks at classes or names', () => {
  const spec = { definitions: { signedBy: ['platform-team', 'second'], threshold: 2, maxAge: '1h', require: [{ task: 'scan' }] }, jail: {}, publish: {} };
  test.each(['definitions', 'requiredTasks', 'jail', 'publish'] as const)('%s', (kind) => {
    const one = demanded(spec, kind);
    expect(one?.signedBy).toMatchObject({ threshold: 2, maxAge: 3_600_000, by: [{ name: 'platform-team' }, { name: 'second' }] });
  });
});

describe('service accounts are named as the API server names them', () => {
  test('NAMESPACE/NAME', () => {
    expect([...(demanded({ requesters: { serviceAccounts: ['ci/triggers'], users: ['alice'] } }, 'requesters')?.users ?? [])]).toEqual(['system:serviceaccount:ci:triggers', 'alice']);
  });
  test.each(['ci', 'ci/*', '/x', 'ci/', 'CI/x', 'a/b/c', 'system:serviceaccount:ci:triggers'])('%s is refused', (text) => {
    expect(problems({ requesters: { serviceAccounts: [text] } })).toEqual([expect.stringMatching(/^spec\.requesters\.serviceAccounts\[0\]: expected NAMESPACE\/NAME/)]);
  });
  test('no name is a pattern', () => {
    expect(problems({ requesters: { users: ['*'] } })).toHaveLength(1);
    expect(problems({ requesters: { groups: ['system:*'] } })).toHaveLength(1);
    expect(problems({ serviceAccounts: ['*'] })).toHaveLength(1);
    expect(problems({ serviceAccounts: [] })).toEqual([expect.stringMatching(/must not be empty/)]);
  });
});

describe('classes', () => {
  const classOf = (name: string, classes: object): string | undefined =>
    demanded({ jail: {}, classes }, 'jail')?.classes.definitions.find(({ task }) => task.test(name))?.class;
  test('a name that several classes cover belongs to one that runs user code', () => {
    expect(classOf('build-image', { definitions: { publish: ['*'], build: ['build-*'] } })).toBe('build');
    expect(classOf('kaniko', { definitions: { publish: ['*'], build: ['build-*'] } })).toBe('publish');
    expect(classOf('build-image', { definitions: { publish: ['*'], build: ['build-*'] }, userCode: ['publish'] })).toBe('publish');
  });
  test('names without a star are compared exactly', () => {
    expect(classOf('git-clone2', { definitions: { fetch: ['git-clone'] } })).toBeUndefined();
  });
  test('unknown classes are told', () => {
    expect(problems({ classes: { definitions: { deploy: ['x'] } } })).toEqual([expect.stringMatching(/spec\.classes\.definitions\.deploy: unknown field "deploy"/)]);
    expect(problems({ classes: { userCode: ['biuld'] } })).toEqual([expect.stringMatching(/did you mean "build"/)]);
  });
});

describe('sources', () => {
  const source = (written: object): AllowedSource | undefined => demanded({ definitions: { sources: [written] } }, 'definitions')?.sources?.[0];
  const matches = (written: object, text: string): boolean => {
    const one = source(written);
    return one !== undefined && one.kind !== 'cluster' && one.pattern.test(text);
  };
  test.each<[object, readonly string[], readonly string[]]>([
    [{ bundle: 'ghcr.io/acme/tasks/**' }, ['ghcr.io/acme/tasks/git', 'ghcr.io/acme/tasks/a/b'], ['ghcr.io/acme/tasks', 'ghcr.io/acme/tasks2/git', 'ghcr.io.evil.example/acme/tasks/git', 'evil.example/ghcr.io/acme/tasks/git']],
    [{ git: 'https://github.com/acme/pipelines' }, ['https://github.com/acme/pipelines', 'https://github.com/acme/pipelines.git'], ['https://github.com/acme/pipelines2', 'https://github.com.evil.example/acme/pipelines', 'http://github.com/acme/pipelines', 'https://x@github.com/acme/pipelines', 'https://github.com/acme/pipelines@refs/heads/x', 'https://github.com/acme/x/../pipelines']],
    [{ git: 'https://github.com/acme/**' }, ['https://github.com/acme/a', 'https://github.com/acme/a/b'], ['https://github.com/acme/../evil/x', 'https://github.com/acmeevil/a']],
    [{ http: 'https://raw.example/acme/**' }, ['https://raw.example/acme/x/task.yaml'], ['https://raw.example/acme/../evil/task.yaml', 'https://raw.example/acme/%2e%2e/evil', 'https://raw.example/acme/%2E%2E%2Fevil', 'https://u:p@raw.example/acme/x', 'https://raw.example.evil/acme/x', 'https://raw.example/acme/x\\..\\y']],
    [{ hub: 'tekton-catalog-tasks/git-*' }, ['tekton-catalog-tasks/git-clone'], ['other/git-clone', 'tekton-catalog-tasks/a/git-clone', 'https://evil.example/tekton-catalog-tasks/git-clone']],
    [{ hub: 'https://hub.example/tasks/*' }, ['https://hub.example/tasks/git-clone'], ['tasks/git-clone', 'https://hub.example.evil/tasks/git-clone']],
  ])('%j', (written, good, bad) => {
    expect(good.filter((text) => !matches(written, text))).toEqual([]);
    expect(bad.filter((text) => matches(written, text))).toEqual([]);
  });
  test('a namespace of the cluster is no pattern', () => {
    expect(source({ cluster: 'tekton-catalog' })).toEqual({ kind: 'cluster', namespace: 'tekton-catalog' });
    expect(problems({ definitions: { sources: [{ cluster: '*' }] } })).toHaveLength(1);
  });
  test.each<object>([{ bundle: 'ghcr.io/acme/x:v1' }, { bundle: '*/x' }, { git: 'https://*/acme/x' }, { git: 'git@github.com:acme/x' }, { http: 'https://*.example/x' }, { http: 'ftp://a/x' }, { hub: '**' }, { hub: '*/git-clone' }, { hub: 'git-clone' }, { hub: 'https://*/tasks/x' }, {}, { git: 'https://github.com/a/b', cluster: 'x' }])(
    '%j is refused', (written) => expect(problems({ definitions: { sources: [written] } })).toHaveLength(1),
  );
});

describe('errors name the place and what is to be done', () => {
  test.each<[string, object, RegExp]>([
    ['an unknown field', { definitons: {} }, /^spec\.definitons: unknown field "definitons"; did you mean "definitions"/],
    ['a signer that is not there', { definitions: { signedBy: ['platform-tem'] } }, /^spec\.definitions\.signedBy\[0\]: no Signer is named "platform-tem".*did you mean "platform-team"/],
    ['a threshold that nobody reaches', { definitions: { signedBy: ['platform-team'], threshold: 2 } }, /^spec\.definitions\.threshold: is 2, but only 1 signer is named in signedBy/],
    ['a threshold of nobody', { definitions: { threshold: 1 } }, /^spec\.definitions\.threshold: counts signers/],
    ['an age of nothing', { definitions: { maxAge: '1h' } }, /^spec\.definitions\.maxAge: bounds the age/],
    ['names that nobody verified', { definitions: { require: [{ task: 'scan' }] } }, /^spec\.definitions\.require: .*anybody could call a task so; write signedBy/],
    ['a class that is none', { definitions: { signedBy: ['platform-team'], require: [{ task: 'scan', before: ['deploy'] }] } }, /before\[0\]: expected one of fetch, build, test, publish/],
    ['parameters about nothing', { parameters: {} }, /^spec\.parameters: demands nothing/],
    ['a pattern that leaves its anchors', { parameters: { allow: { revision: 'a)|(?:b' } } }, /^spec\.parameters\.allow\.revision: regular expression is not valid/],
    ['no parameter of that name', { parameters: { allow: { 'a b': 'x' } } }, /no name of a parameter/],
    ['no level', { hygiene: 'strict' }, /^spec\.hygiene: expected baseline, restricted or a list/],
    ['no rule', { hygiene: ['privileged', 'hostPaths'] }, /^spec\.hygiene\[1\]: .*did you mean "hostPath"/],
    ['no rules', { hygiene: [] }, /^spec\.hygiene: must not be empty/],
    ['an address', { jail: { apiServer: ['10.0.0.1'] } }, /^spec\.jail\.apiServer\[0\]: expected the address/],
    ['all addresses', { jail: { apiServer: ['0.0.0.0/0'] } }, /no jail/],
    ['all addresses of the other family', { jail: { apiServer: ['::/0'] } }, /no jail/],
    ['a word', { jail: { networkPolicy: 'require' } }, /did you mean "required"/],
    ['a mode', { mode: 'deny' }, /expected one of enforce, warn, audit/],
    ['true', { images: { deferred: true } }, /^spec\.images\.deferred: expected a text/],
  ])('%s', (_, spec, message) => expect(problems(spec)).toEqual([expect.stringMatching(message)]));

  test('it has no namespace', () => expect(problems({}, { namespace: 'team' })).toEqual([expect.stringMatching(/^metadata\.namespace: this kind is cluster-scoped/)]));
});

test('hygiene: a level is a list of rules, in their order', () => {
  const baseline = demanded({ hygiene: 'baseline' }, 'hygiene')?.rules ?? [];
  const restricted = demanded({ hygiene: 'restricted' }, 'hygiene')?.rules ?? [];
  expect(restricted).toEqual(expect.arrayContaining([...baseline]));
  expect(restricted.filter((rule) => !baseline.includes(rule))).toEqual(['privilegeEscalation', 'runAsRoot', 'seccomp']);
  expect(demanded({ hygiene: ['debug', 'privileged', 'debug'] }, 'hygiene')?.rules).toEqual(['privileged', 'debug']);
});
