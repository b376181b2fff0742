import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reason } from '../../../src/domain/decision/reasons.ts';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { escapeHtml } from '../../../src/surfaces/http/pages/html.ts';
import { admission, serveDecisions } from './support.ts';
import type { TestDecisions } from './support.ts';

const EVIL = '<script>alert(1)</script>"\'&\u202e';
const review = { surface: 'webhook', caller: { proof: 'certificate', credentials: 'all' }, uid: EVIL, operation: 'CREATE', kind: { group: '', version: 'v1', kind: EVIL }, namespace: EVIL, name: EVIL, user: { username: EVIL, groups: [] }, dryRun: false } as unknown as ReviewRequest;
const decision = admission(review, {
  outcome: 'deny', verdict: 'violated', notes: [EVIL],
  findings: [{ verdict: 'violated', code: 'VERIFY_SIGNER_UNTRUSTED', path: EVIL, artifact: EVIL, policy: 'acme-images', requirement: EVIL, mode: 'enforce', expected: [EVIL], found: [EVIL], cause: EVIL,
    evidence: [{ source: EVIL, code: 'POLICY_SATISFIED', text: `proven ${EVIL}` }] }],
});
let server: TestDecisions;
beforeAll(async () => {
  server = await serveDecisions();
  server.ring.add(decision);
});
afterAll(() => server.app.close());

describe('decision pages', () => {
  it('a build is shown in a line for each task, and what has none is not', async () => {
    const artifact = (task: string) => ({ kind: 'image', usage: 'buildStep', path: `spec.${task}.image`, raw: 'a:1', name: 'docker.io/library/a', task, holder: 'step s' }) as unknown as Decision['artifacts'][number];
    const finding = (path: string, more: object) => ({ verdict: 'violated', code: 'POLICY_IMAGE_UNPINNED', path, artifact: '', mode: 'enforce', ...more }) as Decision['findings'][number];
    const run = admission({ ...review, name: 'run' } as ReviewRequest, {
      outcome: 'deny', verdict: 'violated', artifacts: [artifact('build'), artifact(EVIL)],
      findings: [finding('spec.build.image', {}), finding('spec.x', { ofRequest: true, task: 'publish', verdict: 'undetermined', code: 'POLICY_FACT_UNKNOWN' }), finding('spec.build.image', { task: 'build', verdict: 'undetermined', code: 'POLICY_FACT_UNKNOWN' })],
    });
    const own = await serveDecisions();
    own.ring.add(run);
    own.ring.add(decision);
    const { text } = await own.send('GET', `/decisions/${run.id}`);
    const rows = [...(/<h2>Tasks[^]*?<\/table>/.exec(text)?.[0] ?? '').matchAll(/<tr role="row"><td[^]*?<\/tr>/g)].map(([row]) => row.replaceAll(/<[^>]+>|\s+/g, ' ').trim().split(/\s+/).join(' '));
    expect(rows[0]).toBe('build ✗ violated 1 2 POLICY_IMAGE_UNPINNED POLICY_FACT_UNKNOWN');
    expect(rows[1]).toMatch(/^&lt;script.* ✓ satisfied 1 0$/);
    expect(rows[2]).toBe('publish ? undetermined 0 1 POLICY_FACT_UNKNOWN');
    expect((await own.send('GET', `/decisions/${decision.id}`)).text).not.toContain('<h2>Tasks');
    await own.app.close();
  });

  it.each(['/decisions', `/decisions/${decision.id}`])('%s escapes everything and forbids scripts', async (path) => {
    const { status, headers, text } = await server.send('GET', path);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(text).not.toContain('<script');
    expect(text).not.toContain('\u202e');
    expect(text).toContain('&lt;script&gt;');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const style = /<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? '';
    expect(policy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('shows evidence, proof, rule, verdict and fix', async () => {
    const { text } = await server.send('GET', `/decisions/${decision.id}`);
    for (const part of ['acme-images', 'signed, but not by a trusted signer', 'VERIFY_SIGNER_UNTRUSTED', 'trusted signer', 'proven', decision.id]) expect(text).toContain(part);
  });

  it('notes what two verifiers disagree about, on the page of a decision about that artifact alone, and escaped', async () => {
    const digest = `sha256:${'ab'.repeat(32)}`;
    const report = { artifact: digest, evidenceDigest: 'sha256:1', source: `referrer ${EVIL}`, root: 'both-agree', result: 'disagrees', said: 'theirs: no' } as const;
    const one = await serveDecisions({ disagreements: { about: (asked) => (asked === digest ? [report] : []) } });
    const judged = (of: string): Decision => admission(review, { artifacts: [{ kind: 'image', path: 'spec', raw: 'a', name: 'a', usage: 'container', digest: of }] as never });
    const [concerned, other] = [judged(digest), judged(`sha256:${'cd'.repeat(32)}`)];
    for (const each of [concerned, other]) one.ring.add(each);
    const { text } = await one.send('GET', `/decisions/${concerned.id}`);
    expect(text).toContain('two verifiers disagree about referrer &lt;script&gt;');
    expect(text).toContain('theirs: no');
    expect((await one.send('GET', `/decisions/${other.id}`)).text).not.toContain('two verifiers disagree');
    await one.app.close();
  });

  it('gives JSON to who asks for it', async () => {
    const one = await server.send('GET', `/decisions/${decision.id}`, { headers: { accept: 'application/json' } });
    expect(one.json()).toMatchObject({ kind: 'Decision', id: decision.id });
    const list = await server.send('GET', '/decisions', { headers: { accept: 'application/json' } });
    expect(list.json()).toMatchObject({ kind: 'DecisionList', items: [{ id: decision.id }] });
  });

  it.each(['/decisions/nothing', '/decisions/__proto__', '/decisions/', `/decisions/${'x'.repeat(100)}`])('%s is not found', async (path) => {
    expect((await server.send('GET', path)).status).toBe(404);
  });

  it('escapes for text and attributes alike', () => {
    expect(escapeHtml(`<a b="c" d='e'>&\u0000`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\\u0000');
  });

  it.each([
    ['nothing there', { code: 'FETCH_NONE_FOUND', requirement: 'signed' }, 'none of the kind that the rule demands'],
    ['could not look', { code: 'FETCH_UNREACHABLE', requirement: 'signed' }, 'not known'],
    ['did not look', { code: 'SELECT_NO_POLICY' }, 'not looked for'],
  ] as const)('never says that there is no evidence where it is not so: %s', async (_name, finding, told) => {
    const of = { ...decision, id: `D${finding.code}`, findings: [{ verdict: reason(finding.code).verdict, path: 'p', artifact: 'a', mode: 'enforce' as const, ...finding }] };
    server.ring.add(of);
    expect((await server.send('GET', `/decisions/${of.id}`)).text).toContain(`<dt>evidence found</dt><dd>${told}</dd>`);
  });
});

describe('filters stand in the address', () => {
  const of = (kind: string, namespace: string, name: string, more: Partial<Decision> = {}): Decision =>
    admission({ ...review, uid: 'u', kind: { group: '', version: 'v1', kind }, namespace, name, user: { username: 'u', groups: [] } } as unknown as ReviewRequest, more);
  const finding = { verdict: 'undetermined', code: 'FETCH_TIMEOUT', path: 'spec.containers[0].image', artifact: 'ghcr.io/acme/app:1', policy: 'acme', mode: 'enforce' } as const;
  const denied = of('Pod', 'shop', 'web', { outcome: 'deny', verdict: 'undetermined', findings: [finding] });
  const warned = of('Deployment', 'shop', 'web', { outcome: 'warn', verdict: 'violated', artifacts: [{ kind: 'image', usage: 'container', path: 'p', raw: 'quay.io/x:2', name: 'quay.io/x' }] as never });
  const admitted = of('Pod', 'other', 'db');
  const asked = async (query: string): Promise<readonly string[]> => {
    const own = await serveDecisions();
    for (const each of [denied, warned, admitted]) own.ring.add(each);
    const { items } = (await own.send('GET', `/decisions${query}`, { headers: { accept: 'application/json' } })).json() as { items: { id: string }[] };
    await own.app.close();
    return items.map(({ id }) => id);
  };

  it.each<[string, readonly Decision[]]>([
    ['', [admitted, warned, denied]], ['?namespace=shop', [warned, denied]], ['?namespace=sho', []], ['?decision=deny', [denied]], ['?decision=undetermined', [denied]],
    ['?decision=admit', [admitted]], ['?kind=pod', [admitted, denied]], ['?kind=Pod&namespace=shop&name=web', [denied]], ['?text=QUAY.io', [warned]], ['?text=FETCH_TIME', [denied]],
    ['?text=acme&decision=warn', []], ['?namespace=&decision=&kind=&name=&text=&refresh=', [admitted, warned, denied]],
  ])('%s', async (query, expected) => {
    expect(await asked(query)).toEqual(expected.map(({ id }) => id));
  });

  it.each(['?decision=yes', '?refresh=1', '?namespce=a', `?text=${'x'.repeat(201)}`, '?kind=a&kind=b', '?__proto__=1'])('%s is refused, and says what is expected', async (query) => {
    const own = await serveDecisions();
    const { status, text } = await own.send('GET', `/decisions${query}`);
    await own.app.close();
    expect([status, /expected/.test(text)]).toEqual([400, true]);
  });

  it('with a filter by everything but the namespace, the right to all of them is still needed', async () => {
    const readers = { may: (_head: unknown, namespace: string) => Promise.resolve(namespace === 'shop' ? 'yes' as const : 'no' as const) };
    const own = await serveDecisions({ readers });
    own.ring.add(admitted);
    expect((await own.send('GET', '/decisions?kind=Pod')).status).toBe(403);
    const { status, text } = await own.send('GET', '/decisions?namespace=shop&text=db');
    await own.app.close();
    expect([status, text.includes(admitted.id)]).toEqual([200, false]);
  });

  it('containers with the same image and findings are one group, sorted as numbers, and nothing is lost', async () => {
    const paths = [10, 2, 1].map((index) => `spec.containers[${index}].image`);
    const many = of('Pod', 'shop', 'many', { outcome: 'deny', verdict: 'violated', findings: [...paths.map((path) => ({ ...finding, path })), { ...finding, path: 'spec.containers[3].image', code: 'FETCH_NONE_FOUND', verdict: 'violated' }] });
    const own = await serveDecisions();
    own.ring.add(many);
    const { text } = await own.send('GET', `/decisions/${many.id}`);
    await own.app.close();
    expect(text.match(/<details class="group"/g)).toHaveLength(2);
    expect([...text.matchAll(/<li><code>([^<]*)/g)].map(([, path]) => path)).toEqual(['spec.containers[1].image', 'spec.containers[2].image', 'spec.containers[10].image']);
  });

  it('a browser that is refused gets a page with the way back, a program JSON', async () => {
    const own = await serveDecisions();
    const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    for (const [method, path, expected] of [['GET', '/nothing', 404], ['POST', '/decisions', 405], ['GET', '/decisions/none', 404], ['GET', '/decisions?refresh=x', 400]] as const) {
      const { status, headers, text } = await own.send(method, path, { headers: browser });
      expect([status, headers['content-type'], text.includes('href="/decisions"'), /default-src 'none'/.test(String(headers['content-security-policy']))], path).toEqual([expected, 'text/html; charset=utf-8', true, true]);
      const plain = await own.send(method, path);
      expect([plain.status, plain.headers['content-type']], path).toEqual([expected, 'application/json']);
    }
    await own.app.close();
  });
});
