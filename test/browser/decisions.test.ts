import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decision } from '../../src/domain/decision/decision.ts';
import type { Finding } from '../../src/domain/decision/finding.ts';
import type { ReviewRequest } from '../../src/domain/decision/review.ts';
import { admission, serveDecisions } from '../unit/surfaces/support.ts';
import type { TestDecisions } from '../unit/surfaces/support.ts';
import { startBrowser } from './browser.ts';
import { overflowing, tooFaint } from './look.ts';

const HOSTILE = '<script>document.title="run"</script><img src=x onerror="document.title=\'run\'">"\'&\u202eevil 🏭';
const DIGEST = `sha256:${'9f2c'.repeat(16)}`;
const review = (kind: string, namespace: string, name: string): ReviewRequest => ({
  surface: 'webhook', caller: { proof: 'certificate', credentials: 'all' }, uid: '7b1e6f0a-5b1e-4c1e-9b1e-7b1e6f0a5b1e', operation: 'CREATE',
  kind: { group: '', version: 'v1', kind }, namespace, name, user: { username: 'system:serviceaccount:ci:deployer', groups: [] }, dryRun: false,
}) as unknown as ReviewRequest;
const finding = (more: Partial<Finding>): Finding => ({
  verdict: 'violated', code: 'VERIFY_SIGNER_UNTRUSTED', path: 'spec.containers[0].image', artifact: 'ghcr.io/acme/app:1.4', digest: DIGEST, policy: 'acme-images',
  requirement: 'signed by release', mode: 'enforce', holder: 'container web',
  expected: ['https://github.com/acme/migrate/.github/workflows/release.yml@refs/tags/* (issuer https://token.actions.githubusercontent.com)'],
  found: ['https://github.com/acme/migrate/.github/workflows/test.yml@refs/heads/pr-7'], evidence: [{ source: `referrer ${DIGEST}`, code: 'VERIFY_SIGNER_UNTRUSTED', text: 'key sha256:0011' }], ...more,
});
const artifact = (index: number, raw: string): Decision['artifacts'][number] =>
  ({ kind: 'image', usage: 'container', path: `spec.containers[${index}].image`, raw, name: raw }) as unknown as Decision['artifacts'][number];
const twelve = Array.from({ length: 12 }, (_, index) => index);
const denied = admission(review('Pod', 'shop', 'web'), {
  outcome: 'deny', verdict: 'violated', artifacts: twelve.map((index) => artifact(index, index < 11 ? 'ghcr.io/acme/app:1.4' : 'quay.io/other/side:2')),
  findings: [...twelve.map((index) => finding({ path: `spec.containers[${index}].image`, holder: `container c${index}` })), finding({ verdict: 'satisfied', code: 'POLICY_SATISFIED', path: 'spec.containers[11].image', artifact: 'quay.io/other/side:2' })],
});
const hostile = admission(review(`Kind${HOSTILE}`, HOSTILE, `n${'a'.repeat(250)}`), {
  outcome: 'warn', verdict: 'undetermined', notes: [HOSTILE], artifacts: [artifact(0, `ghcr.io/${'very-long-'.repeat(20)}name:1`)],
  findings: [finding({ verdict: 'undetermined', code: 'FETCH_TIMEOUT', mode: 'warn', artifact: HOSTILE, path: HOSTILE, cause: HOSTILE, expected: ['x'.repeat(500), HOSTILE], found: [HOSTILE] })],
});
const huge = admission(review('TaskRun', 'builds', 'many'), {
  outcome: 'deny', verdict: 'violated', artifacts: Array.from({ length: 300 }, (_, index) => ({ ...artifact(index, `ghcr.io/acme/step-${index}:1`), task: `task-${index % 7}` })),
  findings: Array.from({ length: 300 }, (_, index) => finding({ path: `spec.steps[${index}].image`, artifact: `ghcr.io/acme/step-${index}:1`, holder: `step s${index}`, task: `task-${index % 7}` })),
});
const admitted = admission(review('Deployment', 'other', 'api'), { artifacts: [artifact(0, 'ghcr.io/acme/api@' + DIGEST)], findings: [finding({ verdict: 'satisfied', code: 'POLICY_SATISFIED' })] });

let [browser, server] = [undefined as unknown as Browser, undefined as unknown as TestDecisions];
let base = '';
beforeAll(async () => {
  [browser, server] = await Promise.all([startBrowser(), serveDecisions({ notes: () => ['no policy speaks about cgr.dev/chainguard/busybox'] })]);
  for (const each of [admitted, hostile, huge, denied]) server.ring.add(each);
  base = `http://127.0.0.1:${server.port}`;
});
afterAll(async () => {
  await browser?.close();
  await server?.app.close();
});

async function open(path: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(base + path);
  return { page, context };
}

const PAGES: readonly (readonly [string, string])[] = [
  ['the list', '/decisions'], ['nothing that fits', '/decisions?text=nothing'], ['a denial', `/decisions/${denied.id}`],
  ['hostile texts', `/decisions/${hostile.id}`], ['300 findings', `/decisions/${huge.id}`], ['an admission', `/decisions/${admitted.id}`], ['a mistake', '/decision'],
];
const SCREENS = [{ width: 390, height: 844 }, { width: 1040, height: 800 }, { width: 1280, height: 800 }];

describe.each(SCREENS)('$width pixels wide', (viewport) => {
  describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
    test.each(PAGES)('%s: nothing is wider than its place, every text has contrast, and nothing was run', async (_, path) => {
      const { page, context } = await open(path, { viewport, colorScheme });
      for (const summary of await page.locator('details:not([open]) > summary').all()) await summary.click();
      expect(await page.evaluate(overflowing)).toEqual([]);
      expect(await page.evaluate(tooFaint)).toEqual([]);
      expect(await page.locator('script, iframe, object, embed, img, [onclick], [onerror]').count()).toBe(0);
      expect(await page.title()).toContain('Gatehouse');
      await context.close();
    });
  });
});

test('what is measured can fail: a wide and faint text is found', async () => {
  const { page, context } = await open('/decisions', { viewport: { width: 390, height: 844 }, bypassCSP: true });
  await page.addStyleTag({ content: 'p{white-space:nowrap;color:#999;background:#fff}' });
  expect((await page.evaluate(overflowing)).length).toBeGreaterThan(0);
  expect((await page.evaluate(tooFaint)).length).toBeGreaterThan(0);
  await context.close();
});

describe('without a pointer, and without eyes', () => {
  test.each(PAGES)('%s: landmarks, one h1, titles of tables, and times that programs read', async (_, path) => {
    const { page, context } = await open(path);
    const count = (selector: string): Promise<number> => page.locator(selector).count();
    expect(await Promise.all(['html[lang=en]', 'header', 'main', 'h1', 'a.skip[href="#main"]'].map(count))).toEqual([1, 1, 1, 1, 1]);
    expect(await count('table:not(:has(caption))')).toBe(0);
    expect(await count('th:not([scope])')).toBe(0);
    expect(await count('input:not(label input), select:not(label select)')).toBe(0);
    for (const time of await page.locator('time').all()) expect(Date.parse((await time.getAttribute('datetime')) ?? '')).not.toBeNaN();
    await context.close();
  });

  test('every link, field and summary is reached by Tab, each with a frame around it', async () => {
    const { page, context } = await open('/decisions');
    const wanted = await page.locator('a[href], input, select, button, summary').count();
    const reached = new Set<number>();
    for (let step = 0; step < wanted; step += 1) {
      await page.keyboard.press('Tab');
      const focus = await page.evaluate(() => {
        const all = [...document.querySelectorAll('a[href], input, select, button, summary')];
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body);
        return { index: all.indexOf(document.activeElement ?? document.body), framed: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 };
      });
      expect(focus.framed, `element ${focus.index}`).toBe(true);
      reached.add(focus.index);
    }
    expect(reached.size).toBe(wanted);
    await context.close();
  });

  test('the skip link leads to the content', async () => {
    const { page, context } = await open('/decisions');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    await context.close();
  });

  test('a narrow table is still a table for a screen reader, with its rows and columns', async () => {
    const { page, context } = await open('/decisions', { viewport: { width: 390, height: 844 } });
    expect(await page.getByRole('table', { name: 'Decisions, newest first' }).count()).toBe(1);
    expect(await page.getByRole('row').count()).toBe(5);
    expect(await page.getByRole('columnheader', { name: 'Artifacts' }).count()).toBe(1);
    expect(await page.getByRole('navigation', { name: 'Pages' }).count()).toBe(1);
    expect(await page.getByRole('search').count()).toBe(1);
    await context.close();
  });

  test('containers are closed where all is well, and open by keyboard', async () => {
    const { page, context } = await open(`/decisions/${denied.id}`);
    const closed = page.locator('details.group:not([open]) > summary');
    expect([await closed.count(), await page.locator('details.group[open]').count()]).toEqual([1, 1]);
    await closed.focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('details.group:not([open])').count()).toBe(0);
    await context.close();
  });
});

describe('filters', () => {
  test('a filter changes what is shown and the address, and the way back is the browser’s', async () => {
    const { page, context } = await open('/decisions');
    expect(await page.locator('tbody tr').count()).toBe(4);
    await page.getByLabel('Namespace').fill('shop');
    await page.locator('select[name=decision]').selectOption('deny');
    await page.getByRole('button', { name: 'Filter' }).click();
    const url = new URL(page.url());
    expect([url.searchParams.get('namespace'), url.searchParams.get('decision'), await page.locator('tbody tr').count()]).toEqual(['shop', 'deny', 1]);
    expect(await page.getByLabel('Namespace').inputValue()).toBe('shop');
    await page.goBack();
    expect(await page.locator('tbody tr').count()).toBe(4);
    await context.close();
  });

  test('text finds an image that is not shown at first, and a link of a row leads to its object', async () => {
    const { page, context } = await open('/decisions?text=quay.io');
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.getByRole('link', { name: 'Pod shop/web' }).click();
    expect(page.url()).toBe(`${base}/decisions?namespace=shop&kind=Pod&name=web`);
    await context.close();
  });

  test('it is asked for again as often as its reader has said, and never otherwise', async () => {
    const { page, context } = await open('/decisions?refresh=10');
    expect(await page.locator('meta[http-equiv=refresh]').getAttribute('content')).toBe('10');
    await page.goto(`${base}/decisions`);
    expect(await page.locator('meta[http-equiv=refresh]').count()).toBe(0);
    await context.close();
  });

  test('a mistake in the address is told on a page with the way back', async () => {
    const { page, context } = await open('/decisions?decision=nothing');
    expect(await page.locator('main').innerText()).toContain('expected one of deny, warn, admit');
    await page.getByRole('link', { name: 'All decisions' }).click();
    expect(await page.locator('tbody tr').count()).toBe(4);
    await context.close();
  });
});
