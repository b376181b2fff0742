// Texts in the form of a secret, each beside a twin that is none.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { secretsIn } from '../../../src/text/secret-shapes.ts';
import { hasSharedData, sharedData } from '../../support/shared.ts';

// Put together here, so that no scanner takes this file for one that holds secrets.
const body = (length: number, alphabet = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7'): string => alphabet.repeat(Math.ceil(length / alphabet.length)).slice(0, length);
const UPPER = 'AB2CD3EF4GH5IJ6KL7MN';
const dashes = '-'.repeat(5);
const pem = (label: string, content = body(64)): string => `${dashes}BEGIN ${label}${dashes}\n${content}\n${content}\n${dashes}END ${label}${dashes}`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const part = (json: string): string => Buffer.from(json).toString('base64url');
const token = [part('{"alg":"RS256","typ":"JWT"}'), part('{"sub":"system:serviceaccount:ci:bot"}'), body(43)].join('.');

const TWINS: readonly (readonly [string, string, string])[] = [
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((start) => ['GitHub token', `${start}${body(36)}`, `${start}${body(35)}`] as const),
  ['GitHub token', `github_pat_${body(22)}_${body(59)}`, `github_pat_${body(22)}`],
  ['GitLab token', `glpat-${body(20)}`, `glpat-${body(19)}`],
  ['AWS access key', `AKIA${body(16, UPPER)}`, `AKIA${body(17, UPPER)}`],
  ['AWS access key', `ASIA${body(16, UPPER)}`, `akia${body(16, UPPER)}`],
  ['Slack token', `xoxb-${body(24)}`, 'xoxb-token'],
  ['Google API key', `AIza${body(35)}`, `AIza${body(34)}`],
  ['npm token', `npm_${body(36)}`, 'npm_config_registry_of_the_company_and_more'],
  ['PyPI token', `pypi-AgE${body(60)}`, `pypi-${body(60)}`],
  ['JSON web token', token, token.slice(0, token.lastIndexOf('.'))],
  ['private key', pem('RSA PRIVATE KEY'), pem('RSA PUBLIC KEY')],
  ['private key', pem('OPENSSH PRIVATE KEY').replaceAll('\n', '\\n'), pem('OPENSSH PRIVATE KEY', '$(params.key)')],
  ['private key', pem('ENCRYPTED SIGSTORE PRIVATE KEY'), `grep -q '${dashes}BEGIN PRIVATE KEY${dashes}' key.pem`],
  ['private key', pem('PGP PRIVATE KEY BLOCK'), pem('CERTIFICATE')],
  ['private key', base64(pem('EC PRIVATE KEY')), base64(pem('PUBLIC KEY'))],
  ['registry password', `{"auths":{"r.io":{"auth":"${base64('bot:hunter22')}"}}}`, `{"auths":{"r.io":{"auth":"${base64('no password')}"}}}`],
  ['registry password', `{\\"auth\\": \\"${base64('bot:hunter22')}\\"}`, '{"auth": "$(params.auth)"}'],
];

describe('secretsIn', () => {
  it.each(TWINS)('%s', (sort, secret, twin) => {
    for (const text of [secret, `x: '${secret}'`, `a\n${secret}\nb`, `TOKEN=${secret} make`]) {
      const found = secretsIn(text);
      expect(found.map((one) => one.sort)).toEqual([sort]);
      expect(found[0]?.length).toBeGreaterThan(8);
    }
    expect(secretsIn(twin)).toEqual([]);
  });

  it('takes no placeholder for a secret', () => {
    for (const text of [`ghp_${'x'.repeat(36)}`, `glpat-${'1234'.repeat(5)}`, 'ghp_$(params.token)', `AKIA${'IOSFODNN7EXAMPLE'}`, 'eyJ.eyJ.', '"auth": ""']) expect(secretsIn(text), text).toEqual([]);
    expect(secretsIn(`my_ghp_${body(36)}`)).toEqual([]);
  });

  it('finds several sorts, each once', () => {
    expect(secretsIn(`ghp_${body(36)} ghp_${body(40)} npm_${body(36)}`).map(({ sort }) => sort)).toEqual(['GitHub token', 'npm token']);
  });

  it('is linear in hostile text', () => {
    const texts = ['glpat-', '.eyJ', 'eyJ-eyJ.', `${dashes}BEGIN PRIVATE KEY${dashes}`, '"auth":"AAAA', 'LS0tLS1CRUdJTi', 'xoxb-xoxb.'].map((unit) => unit.repeat(Math.ceil(1_000_000 / unit.length)));
    const before = process.cpuUsage();
    for (const text of texts) secretsIn(text);
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
  });

  it.skipIf(!hasSharedData)('no object of the examples of Tekton, Konflux and Argo holds one, but for Secrets', () => {
    let objects = 0;
    for (const folder of ['tekton-examples', 'konflux-pipelines', 'argo-examples', 'tekton-signed']) {
      for (const name of readdirSync(sharedData(folder), { recursive: true, encoding: 'utf8' }).filter((file) => /\.ya?ml$/.test(file))) {
        for (const document of parseAllDocuments(readFileSync(join(sharedData(folder), name), 'utf8'))) {
          const value = document.toJS() as { kind?: string } | null;
          if (value === null || value.kind === 'Secret') continue;
          objects += 1;
          for (const text of textsIn(value)) expect(secretsIn(text), name).toEqual([]);
        }
      }
    }
    expect(objects).toBeGreaterThan(250);
  });
});

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
