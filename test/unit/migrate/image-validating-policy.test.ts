/** What an ImageValidatingPolicy asks for and has no word here: told, and shut; its twin is said. */
import { expect, test } from 'vitest';
import { imported, joined } from './support.ts';

const ALICE = { keyless: { identities: [{ issuer: 'https://accounts.google.com', subject: 'alice@acme.example' }] } };
const SIGNED = 'images.containers.map(i, verifyImageSignatures(i, [attestors.a])).all(e, e > 0)';
const STATED = 'images.containers.map(i, verifyAttestationSignatures(i, attestations.sbom, [attestors.a])).all(e, e > 0)';
const policy = (cosign: object, expression: string, spec: object = {}): string => JSON.stringify({
  apiVersion: 'policies.kyverno.io/v1', kind: 'ImageValidatingPolicy', metadata: { name: 'p' },
  spec: { attestors: [{ name: 'a', cosign }], attestations: [{ name: 'sbom', intoto: { type: 'https://spdx.dev/Document' } }], validations: [{ expression }], ...spec },
});
const levels = (text: string): readonly string[] => imported(text).remarks.map(({ level }) => level).filter((level) => level !== 'stricter');

test('I5: annotations of who signs are asked of signatures; of statements they are told', () => {
  const cosign = { ...ALICE, annotations: { env: 'prod' } };
  expect(levels(policy(cosign, SIGNED))).toEqual([]);
  expect(joined(imported(policy(cosign, SIGNED)))).toContain('env: prod');
  expect(levels(policy(cosign, STATED))).toEqual(['unsaid']);
  expect(joined(imported(policy(cosign, STATED)))).toContain('- nobody\n');
  expect(levels(policy(ALICE, STATED))).toEqual([]);
});

test('I5: images are chosen by a glob or by an expression', () => {
  expect(levels(policy(ALICE, SIGNED, { matchImageReferences: [{ glob: 'ghcr.io/acme/*', expression: 'true' }] }))).toEqual(['refused']);
  expect(levels(policy(ALICE, SIGNED, { matchImageReferences: [{ glob: 'ghcr.io/acme/*' }, { expression: 'true' }] }))).toEqual([]);
});

test.each([
  ['no log', { ctlogs: [{}] }, {}, true], ['no CT log', { tlogs: [{}] }, {}, true], ['neither, and both ignored', {}, { ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true } }, false],
  ['no CT log, which is ignored', { tlogs: [{}] }, { ctlog: { insecureIgnoreSCT: true } }, false], ['both', { tlogs: [{}], ctlogs: [{}] }, {}, false],
])('I5: a trusted root with %s, in which it is looked for: %j', (_, root, more, isMissed) => {
  const text = policy({ ...ALICE, ...more, trustedRoot: { value: JSON.stringify(root) } }, SIGNED);
  expect(levels(text)).toEqual(isMissed ? ['unsaid'] : []);
  expect(joined(imported(text)).includes('- nobody\n')).toBe(isMissed);
});
