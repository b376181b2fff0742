// Answers of ecosystems that are about something else than was asked for, and questions in spellings that mean something else.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packagePolicy, startPackageGate } from '../support/package-gate.ts';
import type { PackageGate } from '../support/package-gate.ts';
import { keyBundle } from '../world/bundle.ts';
import { asDigest } from '../world/encode.ts';
import { makeKey, signWith } from '../world/keys.ts';
import { PYPI_PUBLISH } from '../world/packages/pypi.ts';
import { makeStatement, subjectOf } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';

const PUBLISH = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1';
const world = createWorld({ now: Date.now() });
let { npm, pypi, sumdb, cargo, gate, admit: ask, close } = {} as PackageGate;

beforeAll(async () => {
  ({ npm, pypi, sumdb, cargo, gate, admit: ask, close } = await startPackageGate(world, [
    packagePolicy('npm', 'pkg:npm/@acme/*', { attestation: { type: 'npm-publish', by: ['npm-registry'] } }),
    packagePolicy('pypi', 'pkg:pypi/acme-*', { attestation: { type: PYPI_PUBLISH, by: ['releases'] } }),
    packagePolicy('pypi-kept', 'pkg:pypi/kept*', { registry: { checksum: 'accepted', noDowngrade: true } }),
    packagePolicy('go', 'pkg:golang/example.com/**', { registry: { by: ['go-sumdb'] } }),
    packagePolicy('cargo', 'pkg:cargo/*', { registry: { checksum: 'accepted' } }),
  ], { trustRoot: 'world' }));
});
afterAll(() => close());

const sha256 = (text: string): ReturnType<typeof asDigest> => asDigest(`sha256:${createHash('sha256').update(text).digest('hex')}`);

describe('noDowngrade', () => {
  const at = (day: number): string => `2026-01-0${day}T00:00:00.000000Z`;

  test('noDowngrade: a file that is added to an old version later counts by its own time (PyPI)', async () => {
    const old = pypi.publish({ project: 'kept', version: '1.0', filename: 'kept-1.0.tar.gz', attested: false, time: at(1) });
    pypi.publish({ project: 'kept', version: '1.1', filename: 'kept-1.1.tar.gz', time: at(2) });
    const added = pypi.publish({ project: 'kept', version: '1.0', filename: 'kept-1.0-py3-none-any.whl', attested: false, time: at(3) });
    expect(await ask('pkg:pypi/kept@1.0', old)).toEqual(['admit', []]);
    expect(await ask('pkg:pypi/kept@1.0', added)).toEqual(['deny', ['POLICY_DOWNGRADE']]);
  });

  test('noDowngrade: a file without provenance that is added to a version with it', async () => {
    const first = pypi.publish({ project: 'kept-first', version: '1.0', filename: 'kept_first-1.0.tar.gz', time: at(1) });
    const added = pypi.publish({ project: 'kept-first', version: '1.0', filename: 'kept_first-1.0-py3-none-any.whl', attested: false, time: at(2) });
    expect(await ask('pkg:pypi/kept-first@1.0', first)).toEqual(['admit', []]);
    expect(await ask('pkg:pypi/kept-first@1.0', added)).toEqual(['deny', ['POLICY_DOWNGRADE']]);
  });

  test('noDowngrade: the same without times leaves it open', async () => {
    pypi.publish({ project: 'kept-timeless', version: '1.0', filename: 'kept_timeless-1.0.tar.gz', time: at(1) });
    const digest = pypi.publish({ project: 'kept-timeless', version: '1.1', filename: 'kept_timeless-1.1.tar.gz', attested: false, time: 'never' });
    expect(await ask('pkg:pypi/kept-timeless@1.1', digest)).toEqual(['undetermined', ['FETCH_RESPONSE_INVALID']]);
  });
});

describe('pages', () => {
  test('pages: of forty files of a project at once the page is read once', async () => {
    const files = Array.from({ length: 40 }, (_, index) => pypi.publish({ project: 'acme-many', version: '1.0', filename: `acme_many-1.0-${index}-py3-none-any.whl` }));
    const answer = await gate.admit(gate.pod(), { artifacts: files.map((digest) => ({ kind: 'package', uri: 'pkg:pypi/acme-many@1.0', digest })) });
    expect(answer.decision).toBe('admit');
    expect(pypi.asked.filter(({ path }) => path === '/simple/acme-many/')).toHaveLength(1);
  });

  test('pages: of forty modules at once every tile is read once', async () => {
    const modules = Array.from({ length: 40 }, (_, index) => ({ uri: `pkg:golang/example.com/many${index}@v1.0.0`, digest: sumdb.record(`example.com/many${index}`, 'v1.0.0') }));
    const answer = await gate.admit(gate.pod(), { artifacts: modules.map((one) => ({ kind: 'package', ...one })) });
    expect(answer.decision).toBe('admit');
    const tiles = sumdb.asked.filter(({ path }) => path.startsWith('/tile/')).map(({ path }) => path);
    expect(tiles).toHaveLength(new Set(tiles).size);
  });

  test('pages: what could not be read is read again', async () => {
    const digest = pypi.publish({ project: 'acme-again', version: '1.0', filename: 'acme_again-1.0.tar.gz' });
    const good = pypi.answers.get('/simple/acme-again/') ?? {};
    pypi.answers.set('/simple/acme-again/', { status: 500 });
    expect(await ask('pkg:pypi/acme-again@1.0', digest)).toEqual(['undetermined', ['FETCH_SERVER_ERROR']]);
    pypi.answers.set('/simple/acme-again/', good);
    expect(await ask('pkg:pypi/acme-again@1.0', digest)).toEqual(['admit', []]);
  });
});

describe('npm', () => {
  const subjects = (version: string, ...pairs: readonly (readonly [name: string, content: string])[]): void => {
    const bytes = (content: string): ReturnType<typeof asDigest> => asDigest(`sha512:${createHash('sha512').update(content).digest('hex')}`);
    const statement = makeStatement(pairs.map(([name, content]) => subjectOf(bytes(content), name)), { predicateType: PUBLISH, predicate: { name: '@acme/lib', version, registry: 'x' } });
    const bundle = JSON.parse(keyBundle(world, { key: npm.key, log: 'v1', statement }).toString()) as unknown;
    npm.answers.set(`/-/npm/v1/attestations/@acme%2flib@${version}`, { body: JSON.stringify({ attestations: [{ predicateType: PUBLISH, bundle }] }) });
  };

  test.each<[string, string, readonly (readonly [string, string])[], readonly string[]]>([
    ['one good one', '3.0.0', [['pkg:npm/%40acme/lib@3.0.0', 'mine']], []],
    ['a good one beside another', '3.0.1', [['pkg:npm/%40acme/other@3.0.1', 'theirs'], ['pkg:npm/%40acme/lib@3.0.1', 'mine']], []],
    ['the name of one and the bytes of the other', '3.0.2', [['pkg:npm/%40acme/lib@3.0.2', 'theirs'], ['pkg:npm/%40acme/other@3.0.2', 'mine']], ['VERIFY_SUBJECT_MISMATCH']],
    ['a name in which a slash is hidden', '3.0.3', [['pkg:npm/%40acme%2Flib@3.0.3', 'mine']], ['VERIFY_SUBJECT_MISMATCH']],
    ['a name in capitals', '3.0.4', [['pkg:npm/%40Acme/lib@3.0.4', 'mine']], ['VERIFY_SUBJECT_MISMATCH']],
  ])('npm: subjects that are %s', async (_, version, pairs, codes) => {
    const digest = npm.publish({ name: '@acme/lib', version, content: 'mine' });
    subjects(version, ...pairs);
    expect((await ask(`pkg:npm/@acme/lib@${version}`, digest))[1]).toEqual(codes);
  });

  test('npm: a body that is compressed although nobody asked for it leaves it open', async () => {
    const digest = npm.publish({ name: '@acme/lib', version: '3.1.0' });
    npm.answers.set('/-/npm/v1/attestations/@acme%2flib@3.1.0', { headers: { 'content-encoding': 'gzip' }, body: Buffer.from('1f8b08', 'hex') });
    expect((await ask('pkg:npm/@acme/lib@3.1.0', digest))[0]).toBe('undetermined');
  });

  test.each(['pkg:npm/%40acme%2Flib@3.2.0', 'pkg:npm/@acme/lib@3.2.0%40evil', 'pkg:npm/@acme/lib@3.2.0?registry=x', 'pkg:npm/@acme/lib@3.2.0#x', 'pkg:npm/@acme/../lib@3.2.0', 'pkg:npm/@acme/l\u202eib@3.2.0'])(
    'npm: %j is no question (K08)', async (uri) => {
      const digest = npm.publish({ name: '@acme/lib', version: '3.2.0' });
      await expect(gate.admit(gate.pod(), { artifacts: [{ kind: 'package', uri, digest }] })).rejects.toThrow();
      expect(await ask('pkg:npm/%40acme/lib@3.2.0', digest)).toEqual(['admit', []]);
    });
});

describe('Go', () => {
  test.each<[string, (body: string, hash: string) => string, readonly string[]]>([
    ['as it is', (body) => body, []],
    ['a hash of another algorithm', (body) => body.replace(' h1:', ' h2:'), ['VERIFY_SUBJECT_MISMATCH']],
    ['a tree that is smaller than the number of the record', (body) => body.replace(/(tree\n)\d+/, '$13'), ['FETCH_RESPONSE_INVALID']],
    ['a second line of this version', (body, hash) => body.replace(/^(\d+\n)/, `$1example.com/x VERSION h1:${hash}\n`), ['VERIFY_SUBJECT_MISMATCH']],
    ['the line of its go.mod alone', (body) => body.replace(/^(\d+\n).*\n/, '$1'), ['VERIFY_SUBJECT_MISMATCH']],
    ['a tree that another key has signed in this name', (body) => {
      const [key, text] = [makeKey('ed25519'), /go\.sum database tree\n[^]*?\n\n/.exec(body)?.[0].slice(0, -1) ?? ''];
      const hash = createHash('sha256').update('sum.example\n').update(Uint8Array.of(1)).update(key.spki.subarray(-32)).digest().subarray(0, 4);
      return body.replace(/\u2014 .*\n$/, `\u2014 sum.example ${Buffer.concat([hash, signWith(key, Buffer.from(text))]).toString('base64')}\n`);
    }, ['VERIFY_SIGNER_UNTRUSTED']],
    ['a tree that another key has signed by our hash', (body) => {
      const [key, text] = [makeKey('ed25519'), /go\.sum database tree\n[^]*?\n\n/.exec(body)?.[0].slice(0, -1) ?? ''];
      const hash = Buffer.from(sumdb.vkey.split('+')[1] ?? '', 'hex');
      return body.replace(/\u2014 .*\n$/, `\u2014 sum.example ${Buffer.concat([hash, signWith(key, Buffer.from(text))]).toString('base64')}\n`);
    }, ['VERIFY_SIGNATURE_INVALID']],
  ])('golang: %s', async (what, change, codes) => {
    const version = `v1.0.${what.length}`;
    const digest = sumdb.record('example.com/x', version);
    const hash = Buffer.from(digest.slice(7), 'hex').toString('base64');
    sumdb.answers.set(`/lookup/example.com/x@${version}`, { body: change(sumdb.lookup('example.com/x', version), hash).replace('VERSION', version) });
    expect((await ask(`pkg:golang/example.com/x@${version}`, digest))[1]).toEqual(codes);
  });
});

describe('cargo', () => {
  const line = (rest: object): string => `${JSON.stringify({ name: 'crate', vers: '1.0.0', cksum: sha256('crate').slice(7), yanked: false, ...rest })}\n`;

  test.each<[string, string, readonly string[]]>([
    ['one good line', line({}), []],
    ['another version before it', line({ vers: '1.0.0-rc.1', cksum: sha256('rc').slice(7) }) + line({}), []],
    ['two lines of the version', line({ cksum: sha256('other').slice(7) }) + line({}), ['FETCH_RESPONSE_INVALID']],
    ['the checksum of another version', line({ vers: '1.0.0-rc.1' }) + line({ cksum: sha256('rc').slice(7) }), ['POLICY_CHECKSUM']],
    ['a name in capitals', line({ name: 'Crate' }), ['FETCH_NOT_FOUND']],
    ['a checksum that is none', line({ cksum: '' }), ['POLICY_CHECKSUM']],
    ['a page', '<html>1.0.0', ['FETCH_RESPONSE_INVALID']],
  ])('K11 cargo: %s', async (what, body, codes) => {
    const name = `crate${what.length}`;
    cargo.answers.set(`/cr/at/${name}`, { body: body.replaceAll('"name":"crate"', `"name":"${name}"`).replaceAll('"name":"Crate"', `"name":"Crate${what.length}"`) });
    expect((await ask(`pkg:cargo/${name}@1.0.0`, sha256('crate')))[1]).toEqual(codes);
  });
});
