import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isReasonCode, REASONS, reason, stageOf } from '../../../../src/domain/decision/reasons.ts';
import type { ReasonCode } from '../../../../src/domain/decision/reasons.ts';
import { reasonsPage, reasonText } from '../../../../src/explain/index.ts';

const STAGES = ['INPUT', 'SELECT', 'FETCH', 'VERIFY', 'POLICY', 'ENGINE'];
const page = readFileSync(new URL('../../../../docs/reference/reasons.md', import.meta.url), 'utf8');
const codes = Object.keys(REASONS) as ReasonCode[];

/** Sections of the page by heading. */
const sections = new Map(
  page.split(/^### /m).slice(1).map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
);

describe('catalogue and page agree', () => {
  it.each(codes)('%s is documented: verdict, meaning, fix', (code) => {
    const section = sections.get(code);
    expect(section).toContain(`**Verdict:** ${reason(code).verdict}`);
    expect(section).toMatch(/\*\*What it means:\*\* \S.{40}/);
    expect(section?.toLowerCase()).toContain(reason(code).fix.toLowerCase());
    expect(page).toContain(`(#${code.toLowerCase()})`);
  });

  it('every documented code exists, once', () => {
    for (const heading of sections.keys()) expect(isReasonCode(heading), heading).toBe(true);
    expect(page.match(/^### /gm)).toHaveLength(codes.length);
  });

  it('the page is the one made from the catalogue (after a change: npx vitest run test/unit/domain/reasons -u)', async () => {
    await expect(reasonsPage()).toMatchFileSnapshot('../../../../docs/reference/reasons.md');
  });
});

describe('catalogue', () => {
  it.each(codes)('%s begins with its stage and reads as a headline', (code) => {
    expect(STAGES).toContain(stageOf(code));
    expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)+$/);
    const { title, fix, verdict } = reason(code);
    expect(title).not.toMatch(/[.\n]$/);
    expect(title.length).toBeLessThanOrEqual(80);
    expect(fix).not.toBe('');
    if (verdict === 'undetermined') expect(fix).toContain('could not verify, retry');
  });

  it('names of Object.prototype are no codes', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) expect(isReasonCode(name)).toBe(false);
  });

  it.each(codes)('%s is explained with headline, fix, stage, verdict and place', (code) => {
    const text = reasonText(code);
    for (const part of [code, reason(code).title, reason(code).fix, stageOf(code), reason(code).verdict, `reasons.md#${code.toLowerCase()}`]) expect(text).toContain(part);
  });
});
