/** Row 27: the script that builds, describes and signs the image, with doubles of docker, cosign and git that write down how they are called. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { read, ROOT } from './support.ts';

const DIGEST = `sha256:${'cd'.repeat(32)}`;
const BASES = { BUILD_IMAGE: `node:24@sha256:${'1'.repeat(64)}`, RUNTIME_IMAGE: `distroless:24@sha256:${'2'.repeat(64)}` };
const VERSION = (JSON.parse(read('package.json')) as { version: string }).version;
const IMAGE = `registry.acme.example:5000/platform/gatehouse:${VERSION}`;
const PINNED = `registry.acme.example:5000/platform/gatehouse@${DIGEST}`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-release-'));
  mkdirSync(join(folder, 'bin'));
  const double = (name: string, script: string): void => {
    writeFileSync(join(folder, 'bin', name), `#!/usr/bin/env bash\n${script}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  };
  double('git', 'case $1 in status) printf "%s" "$DIRTY" ;; rev-parse) echo abc123 ;; log) echo 1700000000 ;; esac');
  double('docker', `echo "docker $*" >>"$LOG"; while [[ $# -gt 0 ]]; do [[ $1 == --metadata-file ]] && echo '{"containerimage.digest":"'$ANSWER'"}' >"$2"; shift; done`);
  double('cosign', 'echo "cosign $*" >>"$LOG"; while [[ $# -gt 0 ]]; do [[ $1 == --predicate ]] && cp "$2" "$(dirname "$LOG")/$(basename "$2")"; shift; done');
  double('npm', 'echo "npm $*" >>"$LOG"; echo "{\\"spdxVersion\\":\\"SPDX-2.3\\"}"');
});
afterAll(() => rmSync(folder, { recursive: true }));

function release(args: readonly string[], env: Readonly<Record<string, string>> = {}): { code: number | null; out: string; err: string; log: string[] } {
  const log = join(folder, 'log');
  writeFileSync(log, '');
  const path = [join(folder, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter);
  const run = spawnSync(join(ROOT, 'deploy/image/release.sh'), [...args], { encoding: 'utf8', env: { PATH: path, LOG: log, DIRTY: '', ANSWER: DIGEST, ...BASES, ...env } });
  return { code: run.status, out: run.stdout, err: run.stderr, log: readFileSync(log, 'utf8').split('\n').filter((line) => line !== '') };
}

describe('row 27: deploy/image/release.sh', () => {
  test('27 builds with pinned bases, then signs and attests the digest that the push answered with, and prints it', () => {
    const run = release([IMAGE], { COSIGN_KEY: 'awskms:///key' });
    expect(run.code, run.err).toBe(0);
    expect(run.out.trim().split('\n').at(-1)).toBe(PINNED);
    const [build, sbom, ...signed] = run.log;
    for (const flag of [`--build-arg BUILD_IMAGE=${BASES.BUILD_IMAGE}`, `--build-arg RUNTIME_IMAGE=${BASES.RUNTIME_IMAGE}`, `--tag ${IMAGE}`, '--platform linux/amd64,linux/arm64', '--label org.opencontainers.image.revision=abc123']) {
      expect(build).toContain(flag);
    }
    expect(sbom).toBe('npm sbom --sbom-format spdx --omit dev --omit optional --package-lock-only');
    expect(signed.map((line) => line.replace(/--predicate \S+\//, '--predicate '))).toEqual([
      `cosign sign --yes --key awskms:///key ${PINNED}`,
      `cosign attest --yes --key awskms:///key --type spdxjson --predicate sbom.json ${PINNED}`,
      `cosign attest --yes --key awskms:///key --type slsaprovenance1 --predicate provenance.json ${PINNED}`,
    ]);
    const provenance = JSON.parse(readFileSync(join(folder, 'provenance.json'), 'utf8')) as { buildDefinition: { resolvedDependencies: { digest: object }[] } };
    expect(provenance.buildDefinition.resolvedDependencies.map(({ digest }) => digest)).toEqual([{ gitCommit: 'abc123' }, { sha256: '1'.repeat(64) }, { sha256: '2'.repeat(64) }]);
  });
  test('27 without a key the pipeline signs', () => {
    expect(release([IMAGE]).log.filter((line) => line.startsWith('cosign'))[0]).toBe(`cosign sign --yes ${PINNED}`);
  });
  test.each([
    ['a base by tag', [IMAGE], { BUILD_IMAGE: 'node:24' }], ['no base', [IMAGE], { RUNTIME_IMAGE: '' }], ['another version', [IMAGE.replace(/[^:]+$/, '9.9.9')], {}],
    ['no tag', [IMAGE.replace(/:[^:]+$/, '')], {}], ['no image', [], {}], ['a checkout with changes', [IMAGE], { DIRTY: ' M src/main.ts' }],
  ])('27 refused before anything is built: %s', (_what, args, env) => {
    const run = release(args, env);
    expect(run.code).toBe(64);
    expect(run.log).toEqual([]);
  });
  test('27 nothing is signed when the build answers with no digest', () => {
    const run = release([IMAGE], { ANSWER: '' });
    expect(run.code).toBe(64);
    expect(run.log.some((line) => line.startsWith('cosign'))).toBe(false);
  });
});
