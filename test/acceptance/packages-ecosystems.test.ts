// PyPI, Go, cargo and what npm's registry signs, at the gate: what each can prove is proven, and what it cannot is said.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gateCodes } from '../support/gate.ts';
import { document, packagePolicy, startPackageGate } from '../support/package-gate.ts';
import type { PackageGate } from '../support/package-gate.ts';
import { PYPI_PUBLISH } from '../world/packages/pypi.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.now() });
let { npm, pypi, sumdb, cargo, gate, admit: ask, close } = {} as PackageGate;

beforeAll(async () => {
  ({ npm, pypi, sumdb, cargo, gate, admit: ask, close } = await startPackageGate(world, [
    document('Signer', 'stranger', { identities: [{ key: { data: world.key('ed25519').publicKeyPem } }] }),
    packagePolicy('npm', 'pkg:npm/*', { registry: { by: ['npm-registry'] } }),
    packagePolicy('npm-kept', 'pkg:npm/@kept/*', { registry: { noDowngrade: true } }),
    packagePolicy('pypi', 'pkg:pypi/Acme_*', { attestation: { type: PYPI_PUBLISH, by: ['releases'] } }),
    packagePolicy('pypi-signed', 'pkg:pypi/signed-*', { registry: { by: ['npm-registry'] } }),
    packagePolicy('pypi-kept', 'pkg:pypi/kept', { registry: { checksum: 'accepted', noDowngrade: true } }),
    packagePolicy('go', 'pkg:golang/example.com/**', { registry: { by: ['go-sumdb'] } }),
    packagePolicy('go-stranger', 'pkg:golang/stranger.example/**', { registry: { by: ['stranger'] } }),
    packagePolicy('go-built', 'pkg:golang/built.example/**', { provenance: { by: ['releases'], source: { uri: 'https://built.example/*' } } }),
    packagePolicy('cargo', 'pkg:cargo/checked-*', { registry: { checksum: 'accepted' } }),
    packagePolicy('cargo-yanked', 'pkg:cargo/yanked-*', { registry: { checksum: 'accepted', yanked: 'allow' } }),
    packagePolicy('cargo-signed', 'pkg:cargo/signed-*', { signature: { by: ['npm-registry'] } }),
    packagePolicy('gems', 'pkg:gem/*', { signature: { by: ['npm-registry'] } }),
  ]));
});
afterAll(() => close());

const ZERO = { 256: `sha256:${'0'.repeat(64)}`, 512: `sha512:${'0'.repeat(128)}` } as const;

describe('npm: what the registry signs', () => {
  test('npm signature: name, version and content are those that the registry has signed', async () => {
    expect(await ask('pkg:npm/lib@1.0.0', npm.publish({ name: 'lib', version: '1.0.0', attested: [] }))).toEqual(['admit', []]);
  });

  test.each<[string, () => readonly [string, string], string]>([
    ['of another version', () => ['pkg:npm/lib@1.0.1', npm.publish({ name: 'lib', version: '1.0.1', attested: [], signed: 'lib@1.0.0:sha512-x' })], 'VERIFY_SIGNATURE_INVALID'],
    ['over another digest', () => {
      npm.publish({ name: 'lib', version: '1.0.2', attested: [] });
      return ['pkg:npm/lib@1.0.2', ZERO[512]];
    }, 'VERIFY_SUBJECT_MISMATCH'],
    ['by nobody', () => ['pkg:npm/lib@1.0.3', npm.publish({ name: 'lib', version: '1.0.3', attested: [], signed: false })], 'FETCH_NONE_FOUND'],
    ['served for another name', () => {
      const digest = npm.publish({ name: 'lib', version: '1.0.4', attested: [] });
      npm.answers.set('/evil/1.0.4', npm.answers.get('/lib/1.0.4') ?? {});
      return ['pkg:npm/evil@1.0.4', digest];
    }, 'FETCH_RESPONSE_INVALID'],
    ['a name that npm does not have (K08)', () => ['pkg:npm/acme/x@1.0.0', ZERO[512]], 'SELECT_NO_POLICY'],
  ])('npm signature: one %s proves nothing', async (_, make, code) => {
    expect((await ask(...make()))[1]).toEqual([code]);
  });
});

describe('noDowngrade', () => {
  test('noDowngrade: a version without provenance after one that had it is refused, the first ones are not', async () => {
    const time = (day: number): string => `2026-01-0${day}T00:00:00.000Z`;
    const first = npm.publish({ name: '@kept/lib', version: '1.0.0', attested: [], time: time(1) });
    expect(await ask('pkg:npm/@kept/lib@1.0.0', first)).toEqual(['admit', []]);
    const second = npm.publish({ name: '@kept/lib', version: '1.1.0', attested: ['provenance'], time: time(2) });
    expect(await ask('pkg:npm/@kept/lib@1.1.0', second)).toEqual(['admit', []]);
    const third = npm.publish({ name: '@kept/lib', version: '1.2.0', attested: [], time: time(3) });
    expect(await ask('pkg:npm/@kept/lib@1.2.0', third)).toEqual(['deny', ['POLICY_DOWNGRADE']]);
    // By time, and not by number: a version of an old line that was published later.
    const old = npm.publish({ name: '@kept/lib', version: '0.9.9', attested: [], time: time(4) });
    expect(await ask('pkg:npm/@kept/lib@0.9.9', old)).toEqual(['deny', ['POLICY_DOWNGRADE']]);
  });

  test('noDowngrade: while the list of versions cannot be had it is open', async () => {
    const digest = npm.publish({ name: '@kept/other', version: '1.0.0', attested: [] });
    npm.answers.set('/@kept%2fother', { status: 503 });
    expect(await ask('pkg:npm/@kept/other@1.0.0', digest)).toEqual(['undetermined', ['FETCH_SERVER_ERROR']]);
  });

  test('noDowngrade: the same for files of PyPI', async () => {
    const at = (day: number): string => `2026-01-0${day}T00:00:00.000000Z`;
    const old = pypi.publish({ project: 'kept', version: '1.0', filename: 'kept-1.0.tar.gz', attested: false, time: at(1) });
    pypi.publish({ project: 'kept', version: '1.1', filename: 'kept-1.1.tar.gz', time: at(2) });
    const lost = pypi.publish({ project: 'kept', version: '1.2', filename: 'kept-1.2.tar.gz', attested: false, time: at(3) });
    expect(await ask('pkg:pypi/kept@1.0', old)).toEqual(['admit', []]);
    expect(await ask('pkg:pypi/kept@1.2', lost)).toEqual(['deny', ['POLICY_DOWNGRADE']]);
  });
});

describe('PyPI', () => {
  test('pypi: the file of a digest is found, and its attestation admits it, however the project is written (K08)', async () => {
    const digest = pypi.publish({ project: 'acme-tool', version: '1.0.0', filename: 'acme_tool-1.0.0-py3-none-any.whl' });
    expect(await ask('pkg:pypi/acme-tool@1.0.0', digest)).toEqual(['admit', []]);
    expect(await ask('pkg:pypi/Acme.Tool@1.0.0', digest)).toEqual(['admit', []]);
    expect(pypi.asked.find(({ path }) => path.startsWith('/integrity/acme-tool'))).toEqual({
      path: '/integrity/acme-tool/1.0.0/acme_tool-1.0.0-py3-none-any.whl/provenance', accept: 'application/vnd.pypi.integrity.v1+json',
    });
  });

  test.each<[string, () => readonly [string, string], readonly string[]]>([
    ['a digest that the index does not list', () => {
      pypi.publish({ project: 'acme-a', version: '1.0.0', filename: 'acme_a-1.0.0.tar.gz' });
      return ['pkg:pypi/acme-a@1.0.0', ZERO[256]];
    }, ['FETCH_NOT_FOUND']],
    ['the file of another version', () => ['pkg:pypi/acme-b@1.0.1', pypi.publish({ project: 'acme-b', version: '1.0.0', filename: 'acme_b-1.0.0.tar.gz' })], ['VERIFY_SUBJECT_MISMATCH']],
    ['an attestation that names another file', () => ['pkg:pypi/acme-c@1.0.0', pypi.publish({ project: 'acme-c', version: '1.0.0', filename: 'acme_c-1.0.0.tar.gz', attested: 'evil-1.0.0.tar.gz' })], ['VERIFY_SUBJECT_MISMATCH']],
    ['a file without attestations', () => ['pkg:pypi/acme-d@1.0.0', pypi.publish({ project: 'acme-d', version: '1.0.0', filename: 'acme_d-1.0.0.tar.gz', attested: false })], ['FETCH_NONE_FOUND']],
    ['a project that is not there', () => ['pkg:pypi/acme-e@1.0.0', ZERO[256]], ['FETCH_NOT_FOUND']],
    ['a registry signature, which PyPI has none of', () => ['pkg:pypi/signed-f@1.0.0', pypi.publish({ project: 'signed-f', version: '1.0.0', filename: 'signed_f-1.0.0.tar.gz' })], ['VERIFY_ECOSYSTEM_SILENT']],
  ])('pypi: %s is denied', async (_, make, codes) => {
    expect(await ask(...make())).toEqual(['deny', codes]);
  });

  test('pypi: a broken signature is told as such', async () => {
    const digest = pypi.publish({ project: 'acme-g', version: '1.0.0', filename: 'acme_g-1.0.0.tar.gz' });
    const [path, answer] = [...pypi.answers].find(([one]) => one.startsWith('/integrity/acme-g/')) ?? ['', {}];
    const json = JSON.parse(String(answer.body)) as { attestation_bundles: { attestations: { envelope: { signature: string } }[] }[] };
    const [attestation] = json.attestation_bundles[0]?.attestations ?? [];
    if (attestation) attestation.envelope.signature = Buffer.concat([Buffer.from(attestation.envelope.signature, 'base64').subarray(0, -1), Uint8Array.of(1)]).toString('base64');
    pypi.answers.set(path, { body: JSON.stringify(json) });
    expect((await ask('pkg:pypi/acme-g@1.0.0', digest))[0]).toBe('deny');
  });
});

describe('Go', () => {
  test('golang: the line of go.sum that the checksum database has signed is admitted, capitals and all', async () => {
    expect(await ask('pkg:golang/example.com/lib@v1.2.3', sumdb.record('example.com/lib', 'v1.2.3'))).toEqual(['admit', []]);
    expect(await ask('pkg:golang/example.com/Azure/Lib@v2.0.0+incompatible', sumdb.record('example.com/Azure/Lib', 'v2.0.0+incompatible'))).toEqual(['admit', []]);
    expect(sumdb.asked.map(({ path }) => path)).toContain('/lookup/example.com/!azure/!lib@v2.0.0+incompatible');
  });

  test.each<[string, () => readonly [string, string], readonly string[]]>([
    ['another hash', () => {
      sumdb.record('example.com/a', 'v1.0.0');
      return ['pkg:golang/example.com/a@v1.0.0', ZERO[256]];
    }, ['VERIFY_SUBJECT_MISMATCH']],
    ['a version that is not recorded', () => ['pkg:golang/example.com/b@v1.0.0', ZERO[256]], ['FETCH_NOT_FOUND']],
    ['the record of another module', () => {
      const digest = sumdb.record('example.com/c', 'v1.0.0');
      sumdb.answers.set('/lookup/example.com/evil@v1.0.0', { body: sumdb.lookup('example.com/c', 'v1.0.0') });
      return ['pkg:golang/example.com/evil@v1.0.0', digest];
    }, ['VERIFY_SUBJECT_MISMATCH']],
    ['a record that was changed after it was logged', () => {
      const digest = sumdb.record('example.com/d', 'v1.0.0');
      const other = Buffer.alloc(32, 7);
      const hash = Buffer.from(digest.slice(7), 'hex').toString('base64');
      sumdb.answers.set('/lookup/example.com/d@v1.0.0', { body: sumdb.lookup('example.com/d', 'v1.0.0').replace(hash, other.toString('base64')) });
      return ['pkg:golang/example.com/d@v1.0.0', `sha256:${other.toString('hex')}`];
    }, ['VERIFY_LOG_INVALID']],
    ['a tree that is signed by somebody else', () => ['pkg:golang/stranger.example/e@v1.0.0', sumdb.record('stranger.example/e', 'v1.0.0')], ['VERIFY_SIGNER_UNTRUSTED']],
    ['a tree whose signature is broken', () => {
      const digest = sumdb.record('example.com/f', 'v1.0.0');
      const body = sumdb.lookup('example.com/f', 'v1.0.0');
      const line = body.trimEnd().split('\n').at(-1) ?? '';
      const bytes = Buffer.from(line.split(' ').at(-1) ?? '', 'base64');
      bytes[20] = (bytes[20] ?? 0) ^ 1;
      sumdb.answers.set('/lookup/example.com/f@v1.0.0', { body: body.replace(line, `— sum.example ${bytes.toString('base64')}`) });
      return ['pkg:golang/example.com/f@v1.0.0', digest];
    }, ['VERIFY_SIGNATURE_INVALID']],
    ['provenance, which no database of Go has', () => ['pkg:golang/built.example/g@v1.0.0', sumdb.record('built.example/g', 'v1.0.0')], ['VERIFY_ECOSYSTEM_SILENT']],
  ])('golang: %s is denied', async (_, make, codes) => {
    expect(await ask(...make())).toEqual(['deny', codes]);
  });

  test('golang: an answer that is none leaves it open', async () => {
    sumdb.answers.set('/lookup/example.com/h@v1.0.0', { body: '<html>' });
    expect(await ask('pkg:golang/example.com/h@v1.0.0', ZERO[256])).toEqual(['undetermined', ['FETCH_RESPONSE_INVALID']]);
  });
});

describe('cargo', () => {
  test('K11 a checksum in an unsigned index is enough only where the policy says so in words', async () => {
    expect(await ask('pkg:cargo/checked-crate@1.0.0', cargo.publish('checked-crate', '1.0.0'))).toEqual(['admit', []]);
    expect(await ask('pkg:cargo/signed-crate@1.0.0', cargo.publish('signed-crate', '1.0.0'))).toEqual(['deny', ['VERIFY_ECOSYSTEM_SILENT']]);
  });

  test('K11 a package without a digest is denied, although the index has one', async () => {
    cargo.publish('checked-bare', '1.0.0');
    const answer = await gate.admit(gate.pod(), { artifacts: [{ kind: 'package', uri: 'pkg:cargo/checked-bare@1.0.0' }] });
    expect([answer.decision, gateCodes(answer)]).toEqual(['deny', ['INPUT_DIGEST_MISSING']]);
  });

  test.each<[string, () => readonly [string, string], readonly string[]]>([
    ['other bytes', () => {
      cargo.publish('checked-a', '1.0.0');
      return ['pkg:cargo/checked-a@1.0.0', ZERO[256]];
    }, ['POLICY_CHECKSUM']],
    ['a version that is not in the index', () => {
      cargo.publish('checked-b', '1.0.0');
      return ['pkg:cargo/checked-b@1.0.1', ZERO[256]];
    }, ['FETCH_NOT_FOUND']],
    ['a yanked version', () => ['pkg:cargo/checked-c@1.0.0', cargo.publish('checked-c', '1.0.0', { yanked: true })], ['POLICY_YANKED']],
  ])('cargo: %s is denied', async (_, make, codes) => {
    expect(await ask(...make())).toEqual(['deny', codes]);
  });

  test('cargo: a yanked version is admitted where the policy allows it', async () => {
    expect(await ask('pkg:cargo/yanked-crate@1.0.0', cargo.publish('yanked-crate', '1.0.0', { yanked: true }))).toEqual(['admit', []]);
  });

  test('gem: an ecosystem that nobody knows how to ask is silent, and not unsigned', async () => {
    expect(await ask('pkg:gem/rails@1.0.0', ZERO[256])).toEqual(['deny', ['VERIFY_ECOSYSTEM_SILENT']]);
  });
});
