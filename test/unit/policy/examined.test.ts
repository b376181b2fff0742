import { describe, expect, test } from 'vitest';
import type { ExaminedRequirement } from '../../../src/domain/policy/examined-requirement.ts';
import { compile, errors, pem } from './support.ts';

const SIGNER = `apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: alice}
spec:
  identities:
    - key:
        data: |
${pem(0, 10)}
---
`;
const HEAD = `apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: p}
spec:
  artifacts: [{image: "ghcr.io/acme/**"}]
  require:
`;
const before = `${SIGNER}${HEAD}`.split('\n').length - 1;

function requirements(require: string): readonly ExaminedRequirement[] {
  const { set, problems } = compile(`${SIGNER}${HEAD}${require}`);
  if (set === undefined) throw new Error(JSON.stringify(problems));
  return (set.policies[0]?.requirements ?? []) as readonly ExaminedRequirement[];
}

/** `line:column message` of every error; lines count from the first of `require`. */
function told(require: string): string[] {
  return errors(compile(`${SIGNER}${HEAD}${require}`)).map(({ line, column, message }) => `${line - before}:${column} ${message}`);
}

describe('where', () => {
  const styles: [string, string][] = [
    ['plain', '    - {name: a, attestation: {type: "a:b", by: [alice], where: [{cel: predicate.x == nope}]}}\n'],
    ['in double quotes', '    - {name: a, attestation: {type: "a:b", by: [alice], where: [{cel: "predicate.x == nope"}]}}\n'],
    ['in double quotes with escapes', '    - {name: a, attestation: {type: "a:b", by: [alice], where: [{cel: "predicate.x == \\"y\\" && nope"}]}}\n'],
    ['in single quotes', "    - {name: a, attestation: {type: 'a:b', by: [alice], where: [{cel: 'predicate.x == nope'}]}}\n"],
    ['as a literal block', '    - name: a\n      attestation:\n        type: a:b\n        by: [alice]\n        where:\n          - cel: |\n              predicate.x == 1 &&\n                nope == 2\n'],
    ['as a folded block', '    - name: a\n      attestation:\n        type: a:b\n        by: [alice]\n        where:\n          - cel: >-\n              predicate.x == 1\n              && nope == 2\n'],
  ];
  test.each(styles)('an unknown variable in an expression written %s is told at its place', (_style, require) => {
    const above = require.slice(0, require.indexOf('nope')).split('\n');
    const place = `${above.length}:${(above.at(-1) ?? '').length + 1}`;
    expect(told(require)).toEqual([expect.stringMatching(new RegExp(`^${place} unknown variable nope`))]);
  });

  test('all problems of all expressions in one run', () => {
    expect(told('    - {name: a, attestation: {type: "a:b", by: [alice], where: [{cel: "x == y"}, {cel: "predicate.a.foo()"}, {cel: ""}]}}\n')).toHaveLength(4);
  });

  test('another requirement must stand above, by its name, and outside of anyOf', () => {
    const built = '    - {name: built, attestation: {type: "a:b", by: [alice]}}\n';
    const tested = (name: string): string => `    - {name: tested, attestation: {type: "c:d", by: [alice], where: [{cel: 'attestations["${name}"].predicate.x == predicate.x'}]}}\n`;
    expect(requirements(built + tested('built'))[1]?.others.map(({ name }) => name)).toEqual(['built']);
    expect(told(tested('built') + built)).toEqual([expect.stringMatching(/^1:\d+ no requirement above this one is named "built"/)]);
    expect(told(built + tested('buildt'))).toEqual([expect.stringMatching(/did you mean "built"\?/)]);
    expect(told(`    - {name: either, anyOf: [{name: inner, attestation: {type: "a:b", by: [alice]}}, {name: other, attestation: {type: "c:d", by: [alice]}}]}\n${tested('inner')}`)).toHaveLength(1);
  });

  const kinds: [string, string][] = [
    ['attestation', 'type: "a:b"'], ['sbom', 'formats: [spdx]'], ['vulnerability', 'deny: high'], ['testResult', 'accept: [PASSED]'], ['codeReview', 'approvals: 1'], ['runtimeTrace', 'singleUse: true'],
  ];
  test.each(kinds)('of %s is read, whether the requirement has a name or not', (type, more) => {
    const body = (cel: string): string => `${type}: {by: [alice], ${more}, where: [{cel: "${cel}", message: why}]}`;
    const forms = (cel: string): string[] => [`    - {name: a, ${body(cel)}}\n`, `    - {anyOf: [{name: a, ${body(cel)}}]}\n`, `    - {anyOf: [{${body(cel)}}]}\n`];
    for (const form of forms('predicate.x == 1')) {
      const [first] = requirements(form) as readonly (ExaminedRequirement & { readonly of?: readonly ExaminedRequirement[] })[];
      expect((first?.of?.[0] ?? first)?.where).toMatchObject([{ expression: 'predicate.x == 1', message: 'why' }]);
    }
    for (const form of forms('predicate.((')) expect(told(form)).toHaveLength(1);
  });

  test('equal conditions have equal ids, others do not', () => {
    const where = (cel: string, type = 'a:b'): string => `    - {name: a, attestation: {type: "${type}", by: [alice], where: [{cel: "${cel}"}]}}\n`;
    const id = (require: string): string | undefined => requirements(require)[0]?.id;
    expect(id(where('predicate.a == 1'))).toBe(id(where('predicate.a == 1', 'x:y')));
    expect(id(where('predicate.a == 1'))).not.toBe(id(where('predicate.a == 2')));
  });

  test('C05 what is not known in a condition is an error', () => {
    expect(told('    - {name: a, attestation: {type: "a:b", by: [alice], where: [{cel: "predicate.a == 1", messsage: x}]}}\n')).toEqual([expect.stringMatching(/messsage/)]);
    expect(told('    - {name: a, attestation: {type: "a:b", by: [alice], where: []}}\n')).toEqual([expect.stringMatching(/empty/)]);
  });
});

describe('types', () => {
  test.each<[string, string, Partial<ExaminedRequirement>]>([
    ['sbom', '{by: [alice]}', { written: 'sbom', check: { kind: 'sbom', complete: false, denyPackages: [], denyLicenses: [] } }],
    ['vulnerability', '{by: [alice], deny: high, maxAge: 24h}', { scanMaxAge: 86_400_000, check: { kind: 'vulnerability', deny: 'high', ignore: [], fixableOnly: false } }],
    ['testResult', '{by: [alice], tests: [e2e]}', { check: { kind: 'testResult', accept: ['PASSED'], tests: ['e2e'] } }],
    ['codeReview', '{by: [alice], authors: [alice]}', { check: { kind: 'codeReview', approvals: 1, reviewers: [] } }],
    ['runtimeTrace', '{by: [alice], network: []}', { check: { kind: 'runtimeTrace', monitors: [], network: [], singleUse: false } }],
  ])('%s compiles', (type, body, expected) => {
    expect(requirements(`    - {name: a, ${type}: ${body}}\n`)[0]).toMatchObject({ kind: 'examined', ...expected });
  });

  test('maxAge of a scan is about the scan, not about the signature', () => {
    expect(requirements('    - {name: a, vulnerability: {by: [alice], deny: high, maxAge: 24h}}\n')[0]?.maxAge).toBeUndefined();
  });

  test('encryption compiles', () => {
    const require = '    - {name: s, signature: {by: [alice]}}\n    - {name: a, encryption: {recipients: [node-a, {pkcs7: {issuer: "CN=x", serial: "00FF"}}, {pgp: 4BFCAA51E17ED8FB}, {provider: {name: kbs, field: kid, value: "a*"}}]}}\n';
    expect(requirements(require)[1]).toMatchObject({ kind: 'encryption', recipients: [{ scheme: 'jwe', kid: 'node-a' }, { scheme: 'pkcs7', serial: 'ff' }, { scheme: 'pgp', keyId: '4bfcaa51e17ed8fb' }, { scheme: 'provider' }] });
  });

  test.each<[string, RegExp]>([
    ['sbom: {by: [bob]}', /no Signer is named "bob"/],
    ['sbom: {by: []}', /at least one signer/],
    ['sbom: {by: [alice], threshold: 2}', /only 1 signer/],
    ['sbom: {by: [alice], formats: [swid]}', /spdx, cyclonedx/],
    ['sbom: {by: [alice], deny: {package: [x]}}', /did you mean "packages"/],
    ['vulnerability: {by: [alice]}', /deny|missing/],
    ['vulnerability: {by: [alice], deny: grave}', /critical, high, medium, low/],
    ['vulnerability: {by: [alice], deny: high, vex: {by: [bob]}}', /no Signer is named "bob"/],
    ['codeReview: {by: [alice], authors: [bob]}', /no Signer is named "bob"/],
    ['runtimeTrace: {by: [alice]}', /demands nothing/],
    ['encryption: {recipients: []}', /at least one recipient/],
    ['encryption: {recipients: [{pgp: x}]}', /pgp/],
    ['encryption: {recipients: [a], plainLayers: [x]}', /digest of a layer/],
  ])('%s is refused', (body, message) => {
    expect(told(`    - {name: a, ${body}}\n`).join('\n')).toMatch(message);
  });

  test('encryption without anybody who must sign is advised against', () => {
    const { problems } = compile(`${SIGNER}${HEAD}    - {name: a, encryption: {recipients: [node-a]}}\n`);
    expect(problems.filter(({ severity }) => severity === 'warning').map(({ message }) => message).join()).toMatch(/nobody who must sign/);
  });
});
