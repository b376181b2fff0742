import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denialText } from '../../../src/explain/index.ts';
import { decision, DIGEST, finding } from './decisions.ts';

const issuer = '(issuer https://token.actions.githubusercontent.com)';

describe('denialText', () => {
  it('has exactly the form that the design shows', () => {
    const text = denialText(
      decision([
        finding('VERIFY_SIGNER_UNTRUSTED', {
          path: 'spec.initContainers[0].image',
          artifact: 'ghcr.io/acme/migrate:1.4',
          expected: [`https://github.com/acme/migrate/.github/workflows/release.yml@refs/tags/* ${issuer}`],
          found: ['https://github.com/acme/migrate/.github/workflows/test.yml@refs/heads/pr-7'],
          fix: 'release from a tag, or add the signer to policy acme-images',
        }),
      ], { artifacts: decision([]).artifacts.slice(0, 2) }),
    );
    expect(text.replace(/reference [0-9a-f]{10}/, 'reference 0123456789')).toBe(`1 of 3 artifacts not admitted
✗ spec.initContainers[0].image ghcr.io/acme/migrate:1.4 (sha256:9f2c…e1)
  policy acme-images / signed by release: signed, but not by a trusted signer
  expected https://github.com/acme/migrate/.github/workflows/release.yml@refs/tags/* ${issuer}
  found    https://github.com/acme/migrate/.github/workflows/test.yml@refs/heads/pr-7
  fix: release from a tag, or add the signer to policy acme-images  [VERIFY_SIGNER_UNTRUSTED]
  gatehouse explain VERIFY_SIGNER_UNTRUSTED (reference 0123456789)`);
  });

  it('groups the findings of one artifact under one header and counts artifacts, not findings', () => {
    const text = denialText(
      decision([
        finding('VERIFY_SIGNER_UNTRUSTED'),
        finding('POLICY_TYPE_MISSING', { requirement: 'scanned', cause: 'two attestations of other types' }),
        finding('FETCH_NONE_FOUND', {}, 2),
        finding('POLICY_SATISFIED', {}, 1),
      ]),
    );
    expect(text.match(/^✗ .*/gm)).toEqual(['✗ spec.containers[0].image ghcr.io/acme/app0:1.4 (sha256:9f2c…e1)', '✗ spec.containers[2].image ghcr.io/acme/app2:1.4 (sha256:9f2c…e1)']);
    expect(text).toMatch(/^2 of 3 artifacts not admitted\n/);
    expect(text).toContain('\n  policy acme-images / scanned: no attestation of the required type was found\n  cause    two attestations of other types\n');
    expect(text).not.toContain('POLICY_SATISFIED');
  });

  it('names the step or sidecar of a pod beside the path, and the task where it is known', () => {
    const artifacts = decision([]).artifacts.map((artifact, index) => ({ ...artifact, ...(index === 0 ? { holder: 'step build' } : {}), ...(index === 1 ? { holder: 'sidecar docker', task: 'image' } : {}) }));
    const text = denialText(decision([0, 1, 2].map((index) => finding('VERIFY_SCT', {}, index)), { artifacts }));
    expect(text.match(/^✗ \S+ (?:\([^s].*?\) )?ghcr|^✗ \S+ \(s.*?\) ghcr/gm)).toEqual(['✗ spec.containers[0].image (step build) ghcr', '✗ spec.containers[1].image (task image, sidecar docker) ghcr', '✗ spec.containers[2].image ghcr']);
  });

  it('does not count places in a build as artifacts', () => {
    const place = finding('POLICY_HYGIENE_PRIVILEGED', { ofRequest: true, artifact: 'task build, step make', path: 'spec.taskSpec.steps[0].securityContext.privileged', digest: undefined as never });
    expect(denialText(decision([place], { artifacts: [] }))).toMatch(/^Pod shop\/web not admitted\n✗ spec\.taskSpec\.steps\[0\]\.securityContext\.privileged task build, step make\n/);
    expect(denialText(decision([place, finding('VERIFY_SCT')]))).toMatch(/^1 of 3 artifacts and Pod shop\/web itself not admitted\n/);
  });

  it('sums up a run with findings in many tasks, a line for each task', () => {
    const findings = (tasks: number) => Array.from({ length: tasks }, (_, index) => [
      finding('POLICY_IMAGE_UNPINNED', { ofRequest: true, task: `t${index}` }), finding('POLICY_PARAMETER', { ofRequest: true, task: `t${index}` }),
    ]).flat();
    const summed = denialText(decision(findings(3))).split('\n');
    expect(summed.slice(1, 4)).toEqual([0, 1, 2].map((index) => `  task t${index}: 2 findings, POLICY_IMAGE_UNPINNED, POLICY_PARAMETER`));
    expect(denialText(decision(findings(2)))).not.toContain('  task t');
    const many = denialText(decision(findings(500)));
    expect(Buffer.byteLength(many)).toBeLessThanOrEqual(8192);
    expect(many).toContain('\n  task t19: 2 findings');
    expect(many).toContain('\n  … and 480 more tasks\n✗ ');
  });

  it('leaves out what only warns or is only recorded', () => {
    const text = denialText(decision([finding('FETCH_NONE_FOUND'), finding('POLICY_TOO_OLD', { mode: 'warn' }, 1), finding('VERIFY_SCT', { mode: 'audit' }, 2)]));
    expect(text).toMatch(/^1 of 3 artifacts not admitted/);
    expect(text).not.toMatch(/POLICY_TOO_OLD|VERIFY_SCT/);
  });

  it('lists up to three values, then counts', () => {
    const values = (count: number): string[] => Array.from({ length: count }, (_, index) => `value ${index}`);
    const text = denialText(decision([finding('VERIFY_SIGNER_UNTRUSTED', { expected: values(9), found: values(2) })]));
    expect(text).toContain('  expected value 0\n           value 1\n           value 2\n           and 6 more\n  found    value 0\n           value 1\n  fix: ');
  });

  it('does not repeat a digest that the reference has', () => {
    const text = denialText(decision([finding('FETCH_NONE_FOUND', { artifact: `ghcr.io/acme/app0@${DIGEST}` })]));
    expect(text).toContain(`✗ spec.containers[0].image ghcr.io/acme/app0@${DIGEST}\n`);
  });

  it('says that undetermined is not guilty, and what could not be reached', () => {
    const bare = denialText(decision([finding('FETCH_TIMEOUT', { digest: undefined as never })]));
    expect(bare).toContain('could not verify, retry');
    expect(bare).toContain('  cause    registry ghcr.io did not give');
    const named = denialText(decision([finding('FETCH_UNREACHABLE', { found: ['ghcr.io: connection refused'], fix: 'open port 443' })]));
    expect(named).toContain('  found    ghcr.io: connection refused\n');
    expect(named).toContain('  fix: could not verify, retry; open port 443  [FETCH_UNREACHABLE]');
    expect(denialText(decision([finding('FETCH_SERVER_ERROR', { found: ['status 500'] })]))).toContain('  found    status 500\n  cause    registry ghcr.io did not give what was needed\n');
    expect(denialText(decision([finding('FETCH_TIMEOUT', { cause: 'no answer in 5 s' })]))).toContain('  cause    registry ghcr.io: no answer in 5 s\n');
    expect(denialText(decision([finding('SELECT_LABELS_UNKNOWN')]))).toContain('labels of namespace shop');
    const nowhere = decision([finding('SELECT_LABELS_UNKNOWN')]);
    expect(denialText({ ...nowhere, request: { ...nowhere.request, namespace: '' } })).toContain('the request names no namespace');
    expect(denialText(decision([finding('ENGINE_FAULT', { path: '', artifact: 'web' })]))).toMatch(/^Pod shop\/web not admitted\n✗ Pod shop\/web /);
  });

  it('tells apart problems of the object and of artifacts', () => {
    const object = finding('INPUT_OBJECT_UNREADABLE', { path: 'spec.initContainers', artifact: '', policy: undefined as never, digest: undefined as never });
    expect(denialText(decision([object], { artifacts: [] }))).toMatch(/^Pod shop\/web not admitted\n✗ spec\.initContainers\n {2}object cannot be read as its kind says\n/);
    expect(denialText(decision([object, finding('FETCH_NONE_FOUND')]))).toMatch(/^1 of 3 artifacts and Pod shop\/web itself not admitted\n/);
    const missing = finding('INPUT_IMAGE_MISSING', { artifact: '', path: 'spec.containers[3].image' });
    expect(denialText(decision([missing]))).toMatch(/^1 of 4 artifacts not admitted\n✗ spec\.containers\[3\]\.image/);
  });

  it('H20 never exceeds 8 KB and counts what it leaves out', () => {
    const many = Array.from({ length: 500 }, (_, index) => finding('VERIFY_SIGNER_UNTRUSTED', { expected: ['e'.repeat(400)], found: ['f'.repeat(400)] }, index));
    const text = denialText(decision(many));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8192);
    expect(Buffer.byteLength(text)).toBeGreaterThan(6000);
    const told = text.match(/^✗/gm)?.length ?? 0;
    expect(text).toMatch(new RegExp(`\\n… and ${500 - told} more findings, in the log and on the page of decisions\\n {2}gatehouse explain VERIFY_SIGNER_UNTRUSTED \\(reference [0-9a-f]{10}\\)$`));
  });

  it('H20 shortens values rather than telling nothing', () => {
    const wide = '日'.repeat(100_000);
    const text = denialText(decision([finding('VERIFY_SIGNER_UNTRUSTED', { artifact: wide, path: wide, expected: [wide, wide, wide], found: [wide, wide, wide], cause: wide, fix: wide, policy: wide, requirement: wide })]));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8192);
    expect(text).toContain('[VERIFY_SIGNER_UNTRUSTED]');
  });

  it('H25 keeps hostile text inside its line', () => {
    const evil = 'x\n✗ spec.containers[9].image fine\u001b[2K\r\u202efoo\u0000\u009b31m';
    const text = denialText(decision([finding('VERIFY_SIGNER_UNTRUSTED', { artifact: evil, path: evil, expected: [evil], found: [evil], cause: evil, fix: evil, policy: evil, requirement: evil })]));
    expect(text.split('\n')).toHaveLength(8);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(text).toContain('x\\u000a✗ spec');
  });

  it('property: bounded, every line ours, whatever the findings', () => {
    const text = fc.string({ unit: 'binary', maxLength: 700 });
    const any = fc.record({
      code: fc.constantFrom('VERIFY_SIGNER_UNTRUSTED' as const, 'FETCH_TIMEOUT' as const, 'INPUT_IMAGE_MISSING' as const, 'ENGINE_FAULT' as const),
      path: text, artifact: text, values: fc.array(text, { maxLength: 6 }), cause: text, policy: text,
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), text, fc.constantFrom(8192, 2048), (parts, name, limit) => {
        const findings = parts.map(({ code, path, artifact, values, cause, policy }) => finding(code, { path, artifact, expected: values, found: values, cause, policy }));
        const base = decision(findings);
        const out = denialText({ ...base, request: { ...base.request, name, kind: name } }, limit);
        expect(Buffer.byteLength(out)).toBeLessThanOrEqual(limit);
        expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        for (const line of out.split('\n').slice(1)) expect(line).toMatch(/^(?:✗ | {2}|… and )/);
      }),
      { numRuns: 400 },
    );
  });
});
