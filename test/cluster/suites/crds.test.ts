/** Our kinds in a real API server, with nothing of ours running: what it keeps, what it refuses by itself, and how it shows them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { RESOURCES } from '../../../src/policy/crd/index.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import { changedAt, changes, compilingDocuments, places, shownDocuments, valueAt } from '../../support/policy-documents.ts';
import type { Document } from '../../support/policy-documents.ts';
import { trust } from '../../unit/policy/every-field/world.ts';
import { apiClient } from '../api.ts';
import type { Api, ApiAnswer } from '../api.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { MISTAKES } from '../crds/mistakes.ts';
import type { Mistake } from '../crds/mistakes.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const KINDS = Object.keys(RESOURCES) as readonly Document['kind'][];
const compiling = compilingDocuments();

let cluster: ControlPlane;
let api: Api;

const collection = (kind: Document['kind'], namespace = 'default'): string =>
  `/apis/gatehouse.dev/v1alpha1/${RESOURCES[kind].scope === 'Cluster' ? '' : `namespaces/${namespace}/`}${RESOURCES[kind].plural}`;
const document = (kind: Document['kind'], name: string, spec: unknown): Document => ({
  apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name, ...(RESOURCES[kind].scope === 'Cluster' ? {} : { namespace: 'default' }) }, spec,
});
/** Asks as a create would be asked, and stores nothing. */
const offered = (one: Document): Promise<ApiAnswer> => api('POST', `${collection(one.kind, one.metadata.namespace)}?dryRun=All`, one);
const specOf = ({ body }: ApiAnswer): unknown => (body as { spec?: unknown }).spec;

const errorsOf = (documents: readonly Document[], at: number, changed: Document): readonly string[] =>
  compilePolicies([{ path: 'a.yaml', text: documents.with(at, changed).map((one) => JSON.stringify(one)).join('\n---\n') }], { trust })
    .problems.filter(({ severity }) => severity === 'error').map(({ path, message }) => `${path}: ${message}`);

beforeAll(async () => {
  cluster = await startControlPlane();
  api = apiClient(cluster);
  await cluster.must(['apply', '-k', join(ROOT, 'deploy/crds')]);
  await cluster.must(['wait', '--for=condition=Established', '--timeout=30s', ...KINDS.map((kind) => `crd/${RESOURCES[kind].plural}.gatehouse.dev`)]);
  const spaces = new Set([...compiling.map(({ documents, at }) => documents[at]), ...shownDocuments().map((one) => one.document)].flatMap((one) => one?.metadata.namespace ?? []));
  for (const name of [...spaces, 'shop']) await cluster.kubectl(['create', 'namespace', name]);
});

afterAll(() => cluster?.stop());

describe('the definitions', () => {
  test('are accepted without a word against them', async () => {
    const { items } = JSON.parse(await cluster.must(['get', 'crd', '-o', 'json'])) as { items: { metadata: { name: string }; status: { conditions: { type: string; status: string; message: string }[] } }[] };
    const conditions = items.flatMap(({ metadata, status }) => status.conditions.map(({ type, status: is, message }) => `${metadata.name} ${type} ${is} ${message}`));
    expect(conditions.filter((one) => / (?:NonStructuralSchema|Terminating) True|NamesAccepted False|Established False/.test(one))).toEqual([]);
  });

  test('have names that nobody else in the cluster has, and one category', async () => {
    const lines = (await cluster.must(['api-resources', '--no-headers', '--verbs=list'])).trim().split('\n').map((line) => line.split(/\s+/));
    const short = lines.filter((columns) => columns.length === 5).flatMap(([, names = '']) => names.split(','));
    for (const kind of KINDS) expect(short.filter((name) => name === RESOURCES[kind].short), kind).toHaveLength(1);
    const listed = (await cluster.must(['api-resources', '--categories=gatehouse', '--no-headers'])).trim().split('\n').map((line) => line.split(/\s+/)[0]);
    expect(listed.toSorted()).toEqual(KINDS.map((kind) => RESOURCES[kind].plural).toSorted());
  });

  test.each([
    ['cap.spec.require', /What must hold, all of it\./],
    ['cap.spec.require.signature.threshold', /How many of them must vouch, with distinct keys/],
    ['cap.spec.require.anyOf.provenance.source.uri', /The repository, without scheme or with it/],
    ['sgn.spec.identities.keyless', /A certificate of Fulcio/],
    ['ap.status.conditions', /Whether it is in force/],
    ['troot.spec.sigstore.tuf.maxStale', /How long what was read counts/],
    ['revl.spec.revocations.logIndex', /The entry of a log, by its number/],
    ['pipol.spec.definitions.require', /Tasks that every run must have/],
    ['aex.spec.namespaces', /Names of the namespaces in which it acts/],
  ])('kubectl explain %s says what it is', async (path, says) => {
    const text = await cluster.must(['explain', path]);
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(says);
  });
});

describe('documents', () => {
  test.each(['baseline', 'demo', 'examples'])('all of policies/%s is applied', async (folder) => {
    await cluster.must(['apply', '-f', join(ROOT, 'policies', folder)]);
  });

  test.each(readdirSync(join(ROOT, 'docs/cookbook/tests')).filter((name) => !name.includes('.policy-test.')))('cookbook/tests/%s is applied', async (name) => {
    await cluster.must(['apply', '--dry-run=server', '-f', join(ROOT, 'docs/cookbook/tests', name)]);
  });

  test('whatever is shown anywhere and compiles is taken, and stored as it is written', async () => {
    let taken = 0;
    for (const { from, document: one } of shownDocuments()) {
      const alone = errorsOf([one], 0, one);
      if (alone.some((message) => !/no (?:Signer|TrustRoot|policy|ClusterArtifactPolicy|ArtifactPolicy) is (?:named|called)|no .* is named/.test(message))) continue;
      // Under a name of its own: some are stored already.
      const answer = await offered({ ...one, metadata: { ...one.metadata, name: `shown-${taken}` } });
      expect(answer.status, `${from} ${JSON.stringify(one)}: ${answer.text}`).toBeLessThan(300);
      expect(specOf(answer), from).toEqual(JSON.parse(JSON.stringify(one.spec)));
      taken += 1;
    }
    expect(taken).toBeGreaterThan(150);
  });

  test('every field of every kind is taken, and stored as it is written', async () => {
    for (const { documents, at } of compiling) {
      const one = documents[at] as Document;
      const answer = await offered(one);
      expect(answer.status, `${JSON.stringify(one)}: ${answer.text}`).toBe(201);
      expect(specOf(answer)).toEqual(JSON.parse(JSON.stringify(one.spec)));
    }
    expect(compiling.length).toBeGreaterThan(400);
  });
});

describe('nothing is pruned', () => {
  const written = (by: object): string => stringify(document('ClusterArtifactPolicy', 'two', { artifacts: [{ image: 'ghcr.io/acme/**' }], require: [{ name: 'two', signature: by }] }));
  const stored = async (): Promise<string> => cluster.must(['get', 'cap', 'two', '-o', 'json']);
  const problems = (json: string): readonly string[] => {
    const { apiVersion, kind, metadata: { name }, spec } = JSON.parse(json) as Document;
    const one = { apiVersion, kind, metadata: { name }, spec };
    return errorsOf([one], 0, one).filter((message) => !message.includes('no Signer is named'));
  };

  test.each([
    ['apply --validate=false', ['apply', '--validate=false', '-f', '-']],
    ['server-side apply', ['apply', '--server-side', '-f', '-']],
    ['server-side apply --validate=false', ['apply', '--server-side', '--validate=false', '-f', '-']],
    ['create', ['create', '-f', '-']],
  ])('%s: treshold: 2 survives, so that it is refused when it is read; threshold: 2 is taken', async (_, args) => {
    await cluster.kubectl(['delete', 'cap', 'two', '--ignore-not-found']);
    await cluster.must(args, written({ by: ['alice', 'bob'], treshold: 2 }));
    expect(problems(await stored())).toEqual([expect.stringMatching(/treshold.*unknown field "treshold".*did you mean "?threshold/)]);
    await cluster.must(['delete', 'cap', 'two']);
    await cluster.must(args, written({ by: ['alice', 'bob'], threshold: 2 }));
    expect(problems(await stored())).toEqual([]);
    await cluster.must(['delete', 'cap', 'two']);
  });

  test.each([
    ['server-side apply', ['apply', '--server-side', '--force-conflicts', '-f', '-']],
    ['replace', ['replace', '-f', '-']],
  ])('%s: maxAge whose value was forgotten is stored so, and refused when it is read', async (_, args) => {
    await cluster.must(['create', '-f', '-'], written({ by: ['alice'], maxAge: '24h' }));
    expect(problems(await stored())).toEqual([]);
    await cluster.must(args, written({ by: ['alice'], maxAge: null }));
    expect(problems(await stored())).toEqual([expect.stringMatching(/maxAge/)]);
    await cluster.must(['delete', 'cap', 'two']);
  });

  test('an unknown field survives at every object of every kind', async () => {
    let places_ = 0;
    for (const { documents, at } of compiling) {
      const one = documents[at] as Document;
      let spec: unknown = JSON.parse(JSON.stringify(one.spec));
      for (const path of places(spec).toReversed()) {
        const here = valueAt(spec, path);
        if (typeof here !== 'object' || here === null || Array.isArray(here)) continue;
        spec = changedAt(spec, path, (old) => ({ ...(old as object), unheardOf: 'kept' }));
        places_ += 1;
      }
      const answer = await offered({ ...one, spec });
      // A map takes it for one of its own keys, which may have no room for a text or for one more.
      expect(answer.status === 201 || errorsOf(documents, at, { ...one, spec }).length > 0, answer.text).toBe(true);
      if (answer.status === 201) expect(specOf(answer)).toEqual(spec);
    }
    expect(places_).toBeGreaterThan(2000);
  });

  test('a field without a value is refused or kept, and never dropped: threshold: null is not the threshold of one', async () => {
    const seen = { refused: 0, kept: 0 };
    const tried = new Set<string>();
    for (const { documents, at } of compiling) {
      const one = JSON.parse(JSON.stringify(documents[at])) as Document;
      for (const path of places(one.spec).filter(({ length }) => length > 0)) {
        const key = `${one.kind} ${path.map((step) => (typeof step === 'number' ? '#' : step)).join('.')}`;
        if (tried.has(key)) continue;
        tried.add(key);
        // Inside of what others have written a null is theirs to read.
        if (/\.(?:trustedRoot|root)\./.test(key)) continue;
        const spec = changedAt(one.spec, path, () => null);
        const answer = await offered({ ...one, spec });
        if (answer.status === 201) expect(valueAt(specOf(answer), path), key).toBeNull();
        if (answer.status === 201) expect(errorsOf(documents, at, { ...one, spec }), key).not.toEqual([]);
        seen[answer.status === 201 ? 'kept' : 'refused'] += 1;
      }
    }
    expect(seen.refused).toBeGreaterThan(50);
    expect(seen.kept).toBeGreaterThan(50);
  });
});

describe('what the API server refuses by itself', () => {
  test.each(MISTAKES.map((mistake) => [`${mistake.kind}: ${mistake.what}`, mistake] as const))('%s', async (_, { kind, bad, good, says }: Mistake) => {
    const refused = await offered(document(kind, 'm', bad));
    expect(refused.status).toBe(422);
    expect((refused.body as { message: string }).message).toMatch(says);
    const taken = await offered(document(kind, 'm', good));
    expect(taken.status, taken.text).toBe(201);
  });

  test('with anything at any place: what it refuses does not compile', async () => {
    let refused = 0;
    await fc.assert(fc.asyncProperty(fc.constantFrom(...compiling), fc.nat(), changes, async ({ documents, at }, pick, { what, change }) => {
      const one = documents[at] as Document;
      const all = places(one).filter(([first]) => first === 'spec');
      const path = all[pick % all.length] ?? [];
      const changed = JSON.parse(JSON.stringify(changedAt(one, path, change))) as Document;
      const answer = await offered(changed);
      if (answer.status === 201) return;
      refused += 1;
      expect(errorsOf(documents, at, changed), `${one.kind} ${path.join('.')} ${what}: ${answer.text}`).not.toEqual([]);
    }), { numRuns: Number(process.env['SCHEMA_RUNS'] ?? 500), seed: Number(process.env['SCHEMA_SEED'] ?? 15) });
    expect(refused).toBeGreaterThan(50);
  }, 180_000);

  test('it says so in the words of the documentation', async () => {
    const [, shown = ''] = /```text\n([^]*?)```/.exec(readFileSync(join(ROOT, 'docs/operate/resources.md'), 'utf8')) ?? [];
    const spec = { artifacts: [{ image: 'ghcr.io/acme/**' }], require: [{ name: 'signed', signature: { by: ['alice'], threshold: 2 } }] };
    const { code, stderr } = await cluster.kubectl(['apply', '-f', '-'], document('ClusterArtifactPolicy', 'acme-images', spec));
    expect(code).toBe(1);
    expect(stderr.replaceAll(/\s+/g, ' ').trim()).toBe(shown.replaceAll(/\s+/g, ' ').trim());
  });

  const PERSON = { issuer: 'https://accounts.example', subject: 'a@b.example' };
  test.each([
    ['10,000 digests revoked', (index: number) => ({ digest: `sha256:${index.toString(16).padStart(64, '0')}`, reason: 'x' })],
    ['10,000 people revoked', (index: number) => ({ identity: { ...PERSON, subject: `p${index}` }, reason: 'x' })],
  ])('what it spends on rules suffices: %s', async (_, entry) => {
    const revocations = Array.from({ length: 10_000 }, (_unused, index) => entry(index));
    const answer = await offered(document('RevocationList', 'long', { revocations }));
    expect(answer.status, answer.text.slice(0, 500)).toBe(201);
    const oneMore = await offered(document('RevocationList', 'long', { revocations: [...revocations, entry(10_000)] }));
    expect(oneMore.status).toBe(422);
  }, 180_000);

  test('what it spends on rules suffices: 100 requirements of 32 alternatives, of 10 signers each', async () => {
    const by = Array.from({ length: 10 }, (_, index) => `signer-${index}`);
    const anyOf = Array.from({ length: 32 }, (_, index) => ({ name: `a${index}`, attestation: { by, threshold: 2, type: 'spdx', newest: true, maxAge: '24h' } }));
    const require = Array.from({ length: 100 }, (_, index) => ({ name: `r${index}`, anyOf }));
    const spec = { artifacts: Array.from({ length: 1000 }, (_, index) => ({ image: `ghcr.io/acme/a${index}` })), require };
    const answer = await offered(document('ClusterArtifactPolicy', 'long', spec));
    expect(answer.status, answer.text.slice(0, 500)).toBe(201);
    const unreachable = { name: 'r', signature: { by, threshold: 11 } };
    const refused = await offered(document('ClusterArtifactPolicy', 'long', { ...spec, require: [...require.slice(1), { name: 'last', anyOf: [...anyOf.slice(1), unreachable] }] }));
    expect(refused.text).toMatch(/spec\.require\[99\]\.anyOf\[31\]\.signature.*threshold is higher/);
  }, 180_000);
});

describe('how they are shown', () => {
  test('kubectl get says whether a policy is in force; the status is a resource of its own', async () => {
    const spec = { artifacts: [{ image: 'ghcr.io/acme/**' }], mode: 'warn', require: [{ name: 'signed', signature: { by: ['alice'] } }] };
    await cluster.must(['apply', '-f', '-'], { ...document('ArtifactPolicy', 'web', spec), status: { conditions: [{ type: 'Ready', status: 'True' }] } });
    expect(await cluster.must(['get', 'ap', 'web', '-o', 'jsonpath={.status}'])).toBe('');
    const condition = { type: 'Ready', status: 'False', reason: 'Broken', message: 'spec.require[0]: no Signer is named alice', observedGeneration: 1, lastTransitionTime: '2026-11-30T10:00:00Z' };
    const status = {
      observedGeneration: 1, conditions: [condition], problems: [{ path: 'spec.require[0]', message: 'no Signer is named alice' }], warnings: ['w'],
      activity: { matched: 7, admitted: 4, denied: 2, undetermined: 1, since: '2026-11-30T09:00:00Z', last: '2026-11-30T10:00:00Z', reasons: [{ code: 'POLICY_THRESHOLD', count: 2 }], ofLater: 1 },
      forecast: { wouldDeny: 3, checkedAt: '2026-11-30T10:00:00Z', items: [{ kind: 'Deployment', name: 'web' }] }, expires: [{ what: 'key of alice', at: '2026-12-06T00:00:00Z' }],
    };
    const applied = await api('PATCH', `${collection('ArtifactPolicy')}/web/status?fieldManager=gatehouse-controller&force=true`, { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ArtifactPolicy', metadata: { name: 'web' }, status }, 'application/apply-patch+yaml');
    expect(applied.status, applied.text).toBe(200);
    expect((applied.body as { status: unknown }).status).toEqual(status);
    expect((applied.body as { metadata: { generation: number } }).metadata.generation).toBe(1);
    const [head = '', row = ''] = (await cluster.must(['get', 'ap', 'web', '-o', 'wide'])).split('\n').map((line) => line.replaceAll(/\s\s+/g, ' | '));
    expect(head).toMatch(/^NAME \| READY \| MODE \| MATCHED \| DENIED \| WOULD DENY \| REASON \| MESSAGE \| AGE/);
    expect(row).toMatch(/^web \| False \| warn \| 7 \| 2 \| 3 \| Broken \| spec\.require\[0\]: no Signer is named alice \| \d+s/);
    await cluster.must(['apply', '--server-side', '--force-conflicts', '-f', '-'], document('ArtifactPolicy', 'web', { ...spec, mode: 'audit' }));
    expect(parse(await cluster.must(['get', 'ap', 'web', '-o', 'yaml']))).toMatchObject({ spec: { mode: 'audit' }, status: { conditions: [condition] }, metadata: { generation: 2 } });
  });

  test('kubectl get gatehouse lists every kind, and a RevocationList is no list of others', async () => {
    await cluster.must(['apply', '-f', '-'], document('RevocationList', 'lost', { revocations: [{ digest: `sha256:${'a'.repeat(64)}`, reason: 'stolen' }] }));
    expect(await cluster.must(['get', 'revl', 'lost', '-o', 'jsonpath={.kind} {.spec.revocations[0].reason}'])).toBe('RevocationList stolen');
    expect(await cluster.must(['get', 'gatehouse', '--no-headers'])).toContain('revocationlist.gatehouse.dev/lost');
  });
});
