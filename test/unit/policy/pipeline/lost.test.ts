import { describe, expect, test } from 'vitest';
import { lostPolicies } from '../../../../src/policy/index.ts';
import { judgeSet } from '../../../../src/feeds/policies/judge.ts';
import { compile, compileSet, policy, signer } from '../support.ts';
import { pipeline } from './support.ts';

const SIGNERS = [signer('alice'), signer('bob')];
const FULL = {
  namespaces: { matchLabels: { factory: 'true' } },
  requesters: { users: ['alice'], groups: ['releasers'] },
  definitions: {
    signedBy: ['alice', 'bob'], threshold: 2, maxAge: '1h', inline: 'deny', pinned: true, sources: [{ cluster: 'catalog' }, { git: 'https://github.com/acme/*' }],
    require: [{ task: 'scan', before: ['publish'], first: true }],
  },
  parameters: { deny: ['*_FLAGS'], allow: { revision: '[0-9a-f]{40}' }, others: 'deny' },
  images: { deferred: 'deny', unpinned: 'deny' },
  hygiene: 'restricted',
  serviceAccounts: ['pipeline'],
  classes: { definitions: { publish: ['kaniko'] }, userCode: ['build', 'test'] },
  jail: {},
  publish: {},
  callers: { serviceAccounts: ['ci/fetcher'], ci: [{ issuer: 'https://ci.example', claims: { repository_id: '1' } }], usedAs: ['dependency'] },
  receipts: 'required',
};

const lost = (before: readonly string[], after: readonly string[]): string[] =>
  lostPolicies(compileSet(...SIGNERS, ...before), compileSet(...SIGNERS, ...after)).map(({ policy: name, what, detail }) => `${name} ${what}: ${detail}`);
const changed = (change: object): string[] => lost([pipeline(FULL)], [pipeline({ ...FULL, ...change })]);

describe('S2: a PipelinePolicy that demands less than before is told', () => {
  test.each<[string, object, RegExp]>([
    ['mode', { mode: 'warn' }, /^factory mode: mode is warn$/],
    ['namespaces', { namespaces: { matchLabels: { factory: 'yes' } } }, /^factory namespaces: namespaces are factory=yes, were factory=true$/],
    ['no requesters', { requesters: undefined }, /demands: requesters are not judged any more$/],
    ['another requester', { requesters: { users: ['alice', 'bob'], groups: ['releasers'] } }, /another requester, bob$/],
    ['another group', { requesters: { users: ['alice'], groups: ['releasers', 'all'] } }, /another group of requesters, all$/],
    ['no signers', { definitions: { ...FULL.definitions, signedBy: undefined, threshold: undefined, maxAge: undefined, require: undefined } }, /definitions need no signature, required tasks are not judged any more$/],
    ['a lower threshold', { definitions: { ...FULL.definitions, threshold: 1 } }, /definitions need 1 signers, not 2$/],
    ['no age', { definitions: { ...FULL.definitions, maxAge: undefined } }, /signatures of definitions may be older$/],
    ['a longer age', { definitions: { ...FULL.definitions, maxAge: '2h' } }, /may be older$/],
    ['inline', { definitions: { ...FULL.definitions, inline: 'allow' } }, /definitions may stand in the run$/],
    ['unpinned', { definitions: { ...FULL.definitions, pinned: false } }, /definitions need not be pinned$/],
    ['sources of all the world', { definitions: { ...FULL.definitions, sources: undefined } }, /from everywhere$/],
    ['another source', { definitions: { ...FULL.definitions, sources: [...FULL.definitions.sources, { hub: 'x/*' }] } }, /another source of definitions, hub x\/\*$/],
    ['no required task', { definitions: { ...FULL.definitions, require: undefined } }, /required tasks are not judged any more$/],
    ['a required task for less', { definitions: { ...FULL.definitions, require: [{ task: 'scan', first: true }] } }, /task scan is not required as before$/],
    ['a required task that need not be first', { definitions: { ...FULL.definitions, require: [{ task: 'scan', before: ['publish'] }] } }, /task scan is not/],
    ['a parameter that is not denied', { parameters: { ...FULL.parameters, deny: undefined } }, /parameters \*_FLAGS are not denied$/],
    ['another form', { parameters: { ...FULL.parameters, allow: { revision: '.*' } } }, /parameter revision may be of another form$/],
    ['another parameter', { parameters: { ...FULL.parameters, allow: { ...FULL.parameters.allow, x: 'y' } } }, /parameter x may be set$/],
    ['all parameters', { parameters: { ...FULL.parameters, others: 'allow' } }, /parameters that are not named may be set$/],
    ['no form of a parameter', { parameters: { deny: ['*_FLAGS'], others: 'allow' } }, /parameter revision may be of another form, parameters that are not named may be set$/],
    ['deferred images', { images: { unpinned: 'deny' } }, /images may be deferred$/],
    ['unpinned images', { images: { deferred: 'deny', unpinned: 'allow' } }, /images need not be pinned$/],
    ['milder hygiene', { hygiene: 'baseline' }, /no hygiene rule privilegeEscalation, no hygiene rule runAsRoot, no hygiene rule seccomp$/],
    ['another account', { serviceAccounts: ['pipeline', 'default'] }, /another service account, default$/],
    ['fewer jailed', { classes: { ...FULL.classes, userCode: ['build'] } }, /class test does not count as user code, tasks are told apart in another way$|class test does not count as user code$/],
    ['other classes', { classes: { ...FULL.classes, definitions: { publish: ['*'] } } }, /tasks are told apart in another way$/],
    ['another label', { classes: { ...FULL.classes, label: 'x/y' } }, /tasks are told apart in another way$/],
    ['no jail', { jail: undefined }, /jail are not judged any more$/],
    ['no walls', { jail: { networkPolicy: 'off' } }, /no network policy is required$/],
    ['no hermetic execution', { jail: { hermetic: 'off' } }, /no hermetic execution is required$/],
    ['policies that nobody reads', { jail: { otherPolicies: 'accept' } }, /accepted unread$/],
    ['a door', { jail: { apiServer: ['10.0.0.1/32'] } }, /another address outside of the jail, 10\.0\.0\.1\/32$/],
    ['no results', { publish: { results: 'off' } }, /no results are required$/],
    ['no callers', { callers: undefined }, /callers are not judged any more$/],
    ['another caller', { callers: { ...FULL.callers, serviceAccounts: ['ci/fetcher', 'ci/builder'] } }, /another caller of the gate, system:serviceaccount:ci:builder$/],
    ['another claim of a caller', { callers: { ...FULL.callers, ci: [{ issuer: 'https://ci.example', claims: { repository_id: '2' } }] } }, /another caller of the gate, https:\/\/ci\.example repository_id="2"$/],
    ['no claim of a caller', { callers: { ...FULL.callers, ci: [{ issuer: 'https://ci.example' }] } }, /another caller of the gate, https:\/\/ci\.example$/],
    ['another use', { callers: { ...FULL.callers, usedAs: ['dependency', 'source'] } }, /another use that callers may ask about, source$/],
    ['every use', { callers: { serviceAccounts: ['ci/fetcher'] } }, /callers may ask about every use$/],
    ['no receipts', { receipts: 'off' }, /receipts are not judged any more$/],
    ['no provenance', { publish: { provenance: 'off' } }, /no provenance is required$/],
  ])('%s', (_, change, told) => expect(changed(change)).toEqual([expect.stringMatching(told)]));

  test.each<[string, object]>([
    ['as it was', {}],
    ['of all namespaces', { namespaces: undefined }],
    ['fewer requesters', { requesters: { users: ['alice'] } }],
    ['a higher threshold of an earlier age', { definitions: { ...FULL.definitions, maxAge: '30m' } }],
    ['fewer sources', { definitions: { ...FULL.definitions, sources: [] } }],
    ['more tasks, for more', { definitions: { ...FULL.definitions, require: [{ task: 'scan', before: ['publish', 'test'], first: true }, { task: 'sbom' }] } }],
    ['more denied parameters', { parameters: { ...FULL.parameters, deny: ['*_FLAGS', 'x'] } }],
    ['no parameter at all', { parameters: { deny: ['*_FLAGS'], others: 'deny' } }],
    ['fewer callers', { callers: { serviceAccounts: ['ci/fetcher'], usedAs: ['dependency'] } }],
    ['more jailed', { classes: { ...FULL.classes, userCode: ['build', 'test', 'fetch'] } }],
  ])('nothing is said of one that is as strict, or stricter: %s', (_, change) => expect(changed(change)).toEqual([]));

  test('one that is gone, with the name of the one that demands the same', () => {
    expect(lost([pipeline(FULL)], [])).toEqual(['factory deleted: it is gone']);
    expect(lost([pipeline(FULL)], [pipeline(FULL, { name: 'other' })])).toEqual(['factory deleted: it is gone; other demands the same']);
    expect(lost([pipeline(FULL)], [pipeline({ ...FULL, hygiene: 'baseline' }, { name: 'other' })])).toEqual(['factory deleted: it is gone']);
  });

  test('one that was not enforced is not missed, and one beside artifacts is its own', () => {
    expect(lost([pipeline({ ...FULL, mode: 'audit' })], [])).toEqual([]);
    expect(lost([policy({}, { name: 'factory' }), pipeline(FULL)], [pipeline(FULL)])).toEqual(['factory deleted: it is gone']);
    expect(lost([policy({}, { name: 'factory' }), pipeline(FULL)], [policy({}, { name: 'factory' })])).toEqual(['factory deleted: it is gone']);
  });
});

describe('a set of policies about pipelines alone', () => {
  const judged = (...texts: string[]): unknown => judgeSet(compile(...texts), [], { folders: ['p'], before: undefined }).set;
  test('is not empty', () => expect(judged(pipeline({ requesters: { users: ['alice'] } }))).toBeDefined());
  test('a set of signers alone is', () => expect(() => judged(signer('alice'))).toThrow(/no file holds a policy|no policy file/));
});
