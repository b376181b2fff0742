import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../src/platform/config/config.ts';

const check = (image: string, repository = 'r.example/signatures') => checkConfig(JSON.stringify({ evidenceSources: [{ image, repository }] }), 'c.yaml');

describe('evidenceSources', () => {
  it.each(['**', 'ghcr.io/**', 'ghcr.io/acme/**', 'ghcr.io/acme/app', 'docker.io/library/nginx', 'r.example:5000/a/**', '[::1]:5000/a', 'r.example/a-b_c.d/e__f'])('accepts the image %s', (image) => {
    expect(check(image)).toMatchObject({ ok: true });
  });

  it.each(['*', 'ghcr.io', 'ghcr.io/', 'ghcr.io/*', 'ghcr.io/acme/*', 'ghcr.io/**/app', '**/app', '*.io/**', 'ghcr.io/acme**', 'GHCR.io/acme', 'ghcr.io/Acme', 'https://ghcr.io/acme', 'ghcr.io/acme:v1', 'ghcr.io/acme@sha256:00', 'ghcr.io//acme', 'ghcr.io/acme/**/', ''])('refuses the image %j', (image) => {
    const result = check(image);
    expect(result.ok ? [] : result.problems.map(({ path }) => path)).toEqual(['evidenceSources[0].image']);
  });

  it.each(['r.example', 'r.example/', 'r.example/**', 'r.example/a:tag', 'http://r.example/a', 'r.example/A', '../a'])('refuses the repository %j', (repository) => {
    const result = check('**', repository);
    expect(result.ok ? [] : result.problems.map(({ path }) => path)).toEqual(['evidenceSources[0].repository']);
  });
});
