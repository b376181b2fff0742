// Item 8: before "unmatched: deny" a policy must cover what Tekton adds to every pod; who covers a part of it is told of the rest.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TEKTON_IMAGES } from '../../../src/domain/build/engine-images.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import { uncoveredTektonImages } from '../../../src/select/engine-images.ts';
import { readFilter } from '../../../src/surfaces/decisions/filter.ts';
import { listPage } from '../../../src/surfaces/decisions/list.ts';
import { createTrustReader } from '../../../src/trust/index.ts';

const baseline = readFileSync(new URL('../../../policies/baseline/tekton.yaml', import.meta.url), 'utf8');
const compile = (text: string) => compilePolicies([{ path: 'p.yaml', text }], { trust: createTrustReader() });
const left = (text: string): number | undefined => {
  const { set } = compile(text);
  return set === undefined ? undefined : uncoveredTektonImages(set).length;
};
const enforced = baseline.replaceAll('mode: audit', 'mode: enforce');
const withoutShell = enforced.replace('image: cgr.dev/chainguard/busybox', 'image: cgr.dev/chainguard/other');

describe('the images of Tekton', () => {
  it('are all spoken about by the baseline once it is enforced, and by none while it only audits', () => {
    expect([left(enforced), left(baseline.replaceAll('mode: audit', 'mode: warn')), left(baseline)]).toEqual([0, 0, TEKTON_IMAGES.length]);
  });

  it('lint: whoever speaks about some of them is told of the others, once', () => {
    const warnings = compile(withoutShell).problems.map(({ message }) => message);
    expect(warnings).toEqual([expect.stringContaining('cgr.dev/chainguard/busybox')]);
    expect(compile(enforced).problems).toEqual([]);
    expect(compile(baseline).problems).toEqual([]);
  });

  it('the page of decisions says it above them', () => {
    const read = readFilter({});
    if (!read.ok) throw new Error(read.problem);
    expect(listPage({ decisions: [], capacity: 10, filter: read.filter, notes: ['no policy speaks about <x>'] })).toContain('no policy speaks about &lt;x&gt;');
  });
});
