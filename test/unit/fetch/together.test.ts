import { describe, expect, it } from 'vitest';
import { addToFallback, attachCosignTag, attachReferrer, pushImage } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { BUNDLE, DSSE, SCOPE, SIMPLE, artifact, codes, drain, registry, source, text, within } from './support.ts';

const PLACES = ['api', 'fallback', 'signatureTag', 'attestationTag'] as const;
type Place = (typeof PLACES)[number];
const ANNOTATIONS = { 'dev.cosignproject.cosign/signature': 'c2ln' };

const PATHS: Record<Place, (digest: string) => RegExp> = {
  api: () => /\/referrers\//,
  fallback: (digest) => new RegExp(`manifests/${digest.replace(':', '-')}$`),
  signatureTag: () => /manifests\/sha256-[0-9a-f]+\.sig$/,
  attestationTag: () => /manifests\/sha256-[0-9a-f]+\.att$/,
};

/** Puts a piece of evidence where it is found in this one place only. */
function put(r: TestRegistry, repository: string, place: Place, digest: string, content: string): void {
  if (place === 'signatureTag') attachCosignTag(r, repository, digest, 'sig', [{ mediaType: SIMPLE, content, annotations: ANNOTATIONS }]);
  else if (place === 'attestationTag') attachCosignTag(r, repository, digest, 'att', [{ mediaType: DSSE, content, annotations: ANNOTATIONS }]);
  else {
    const referrer = attachReferrer(r, repository, digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content }] });
    if (place === 'api') return;
    r.hide(referrer);
    addToFallback(r, repository, digest, referrer, BUNDLE);
  }
}

const pairs = PLACES.flatMap((good) => [undefined, ...PLACES].map((remembered) => ({ good, remembered })));

describe('all places are looked at, whatever one of them gives', () => {
  it.each(pairs)('good in $good with junk everywhere else, remembered: $remembered', async ({ good, remembered }) => {
    const r = await registry();
    const s = source([r]);
    if (remembered !== undefined) {
      const first = pushImage(r, 'acme/app', 'first');
      put(r, 'acme/app', remembered, first, '{"first":1}');
      expect((await drain(await s.open(artifact(`${r.host}/acme/app`, first), SCOPE))).evidence).toHaveLength(1);
    }
    const digest = pushImage(r, 'acme/app', 'v1');
    for (const place of PLACES) put(r, 'acme/app', place, digest, place === good ? '{"good":1}' : `{"junk":"${place}"}`);
    const found = await drain(await s.open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence.map(text).sort()).toEqual([...PLACES].map((place) => (place === good ? '{"good":1}' : `{"junk":"${place}"}`)).sort());
    expect(found.problems).toEqual([]);
    expect(found.stages).toBe(remembered === undefined ? 1 : 2);
  });

  it.each(pairs)('good in $good while every other place fails, remembered: $remembered', async ({ good, remembered }) => {
    const r = await registry();
    const s = source([r]);
    if (remembered !== undefined) {
      const first = pushImage(r, 'acme/app', 'first');
      put(r, 'acme/app', remembered, first, '{"first":1}');
      await drain(await s.open(artifact(`${r.host}/acme/app`, first), SCOPE));
    }
    const digest = pushImage(r, 'acme/app', 'v1');
    put(r, 'acme/app', good, digest, '{"good":1}');
    for (const place of PLACES) if (place !== good) r.fault({ path: PATHS[place](digest), behaviour: { kind: 'status', status: 500 } });
    const found = await drain(await s.open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence.map(text)).toEqual(['{"good":1}']);
    expect(codes(found.problems)).toEqual(['FETCH_SERVER_ERROR', 'FETCH_SERVER_ERROR', 'FETCH_SERVER_ERROR']);
  });

  it.each(PLACES)('a place that fails is undetermined, not empty: %s', async (failing) => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    for (const place of PLACES) put(r, 'acme/app', place, digest, `{"at":"${place}"}`);
    r.fault({ path: PATHS[failing](digest), behaviour: { kind: 'status', status: 500 } });
    const found = await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence).toHaveLength(3);
    expect(codes(found.problems)).toEqual(['FETCH_SERVER_ERROR']);
  });

  it('the same piece in several places is one piece', async () => {
    const r = await registry();
    const digest = pushImage(r, 'acme/app', 'v1');
    put(r, 'acme/app', 'api', digest, '{"same":1}');
    put(r, 'acme/app', 'fallback', digest, '{"same":1}');
    expect((await drain(await source([r]).open(artifact(`${r.host}/acme/app`, digest), SCOPE))).evidence).toHaveLength(1);
  });
});

describe('evidence elsewhere (COSIGN_REPOSITORY)', () => {
  it.each(PLACES)('is found in the %s of the other repository, beside the image\'s own', async (place) => {
    const [r, signatures] = [await registry(), await registry()];
    const digest = pushImage(r, 'acme/app', 'v1');
    put(r, 'acme/app', 'signatureTag', digest, '{"own":1}');
    pushImage(signatures, 'acme/signatures', 'any', 'v1');
    put(signatures, 'acme/signatures', place, digest, '{"elsewhere":1}');
    const repository = `${signatures.host}/acme/signatures`;
    const s = source([r, signatures], { evidenceSources: [{ image: `${r.host}/acme/**`, repository }] });
    const found = await drain(await s.open(artifact(`${r.host}/acme/app`, digest), SCOPE));
    expect(found.evidence.map(text).sort()).toEqual(['{"elsewhere":1}', '{"own":1}']);
    expect(found.evidence.find((piece) => text(piece) === '{"elsewhere":1}')?.source).toMatch(new RegExp(`^${repository} (?:referrer|tag) `));
    expect(found).toMatchObject({ problems: [], stages: 1 });
    const twin = source([r, signatures], { evidenceSources: [{ image: `${r.host}/other/**`, repository }] });
    expect((await drain(await twin.open(artifact(`${r.host}/acme/app`, digest), SCOPE))).evidence.map(text)).toEqual(['{"own":1}']);
  });

  async function two() {
    const [r, signatures] = [await registry(), await registry()];
    const repository = `${signatures.host}/acme/signatures`;
    const options = { evidenceSources: [{ image: '**', repository }] };
    const image = (tag: string) => artifact(`${r.host}/acme/app`, pushImage(r, 'acme/app', tag));
    return { r, signatures, options, image };
  }

  it('is asked alone where it gave evidence last time, and the own repository only when that was not enough', async () => {
    const { r, signatures, options, image } = await two();
    const s = source([r, signatures], options);
    const [first, second] = [image('one'), image('two')];
    put(signatures, 'acme/signatures', 'signatureTag', first.digest, '{"n":1}');
    put(signatures, 'acme/signatures', 'signatureTag', second.digest, '{"n":2}');
    put(r, 'acme/app', 'attestationTag', second.digest, '{"own":2}');
    await drain(await s.open(first, SCOPE));
    r.clearLog();
    const lookup = await s.open(second, SCOPE);
    expect((await lookup.next(within(60_000)))?.evidence.map(text)).toEqual(['{"n":2}']);
    expect(r.log).toEqual([]);
    expect((await lookup.next(within(60_000)))?.evidence.map(text)).toEqual(['{"own":2}']);
  });

  it('that fails hides nothing of the own repository, and is told', async () => {
    const { r, signatures, options, image } = await two();
    const judged = image('one');
    put(r, 'acme/app', 'api', judged.digest, '{"own":1}');
    signatures.fault({ path: /./, behaviour: { kind: 'status', status: 500 } });
    const found = await drain(await source([r, signatures], options).open(judged, SCOPE));
    expect(found.evidence.map(text)).toEqual(['{"own":1}']);
    expect(new Set(codes(found.problems))).toEqual(new Set(['FETCH_SERVER_ERROR']));
    expect(found.problems[0]?.source).toContain(`${signatures.host}/acme/signatures`);
  });

  it('that is missing is as good as empty', async () => {
    const { r, signatures, options, image } = await two();
    expect(await drain(await source([r, signatures], options).open(image('one'), SCOPE))).toMatchObject({ evidence: [], problems: [] });
  });

  it('may be private because the configuration names its host, and loopback only when it is named like a registry', async () => {
    const lookup = (): Promise<{ address: string; family: 4 }[]> => Promise.resolve([{ address: '10.255.255.1', family: 4 }]);
    const at = async (repository: string, lookedUp = lookup): Promise<string[]> => {
      const r = await registry();
      const s = source([r], { lookup: lookedUp, evidenceSources: [{ image: '**', repository }], limits: { requestTimeout: 200 } });
      return codes((await drain(await s.open(artifact(`${r.host}/acme/app`, pushImage(r, 'acme/app', 'v1')), SCOPE))).problems);
    };
    expect(await at('signatures.example:1/acme')).not.toContain('FETCH_HOST_FORBIDDEN');
    expect(await at('signatures.example:1/acme', () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]))).toContain('FETCH_HOST_FORBIDDEN');
  });

  it('F12 its evidence is shown only to those who have its credentials', async () => {
    const auth = { kind: 'basic', users: { alice: { password: 'wonder' } } } as const;
    const [r, signatures] = [await registry(), await registry({ auth })];
    const digest = pushImage(r, 'acme/app', 'v1');
    put(signatures, 'acme/signatures', 'signatureTag', digest, '{"private":1}');
    const auths = { auths: new Map([[signatures.host, { username: 'alice', password: 'wonder' }]]), credHelpers: new Map() };
    const pullSecrets = { read: (scope: { namespace: string }) => Promise.resolve({ auths: scope.namespace === 'a' ? [auths] : [], problems: [] }) };
    const s = source([r, signatures], { pullSecrets, evidenceSources: [{ image: '**', repository: `${signatures.host}/acme/signatures` }] });
    const image = artifact(`${r.host}/acme/app`, digest);
    expect((await drain(await s.open(image, { ...SCOPE, namespace: 'a' }))).evidence).toHaveLength(1);
    const other = await drain(await s.open(image, { ...SCOPE, namespace: 'b' }));
    expect(other.evidence).toEqual([]);
    expect(new Set(codes(other.problems))).toEqual(new Set(['FETCH_UNAUTHORIZED']));
    expect(r.log.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  });
});
