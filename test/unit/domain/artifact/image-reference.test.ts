import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatImageReference, parseImageReference } from '../../../../src/domain/artifact/image-reference.ts';
import { cpuNow } from '../../../support/cpu.ts';

interface Row {
  readonly text: string;
  readonly ok: boolean;
  readonly host?: string;
  readonly path?: string;
  readonly tag?: string;
  readonly digest?: string;
}

const rows = JSON.parse(readFileSync(new URL('../../../fixtures/image-references/references.json', import.meta.url), 'utf8')) as readonly Row[];
const digest = `sha256:${'a1'.repeat(32)}`;

function nameOf(text: string): string | undefined {
  const parsed = parseImageReference(text);
  return parsed.ok ? parsed.reference.name : undefined;
}

/** Hosts that are written differently by design; every other row must be as Go says, letter by letter. */
const OURS = new Map<string, string>([
  ['REGISTRY.example.com/x', 'registry.example.com'],
  ['[::FFFF]/a', '[::ffff]'],
  ['LocalHost/a', 'localhost'],
  ['registry.example.com:443/x', 'registry.example.com'],
  ['docker.io:443/nginx', 'docker.io'],
]);

/** References that Go reads and we refuse by design: what a runtime takes for an image id, and ports that are none. */
const REFUSED = /^sha256:[0-9a-f]+$|:0\/|:99999\//;

describe('E09 reference grammar as distribution/reference v0.6.0', () => {
  const compared = rows.filter((row) => row.text !== 'INDEX.docker.io/nginx' && !(row.ok && row.host === undefined));

  it('has at least 90 rows', () => {
    expect(compared.length).toBeGreaterThanOrEqual(90);
  });

  it.each(compared.map((row) => [JSON.stringify(row.text).slice(0, 80), row] as const))('%s', (_title, row) => {
    const parsed = parseImageReference(row.text);
    if (!row.ok || REFUSED.test(row.text)) {
      expect(parsed.ok).toBe(false);
      return;
    }
    const host = OURS.get(row.text) ?? row.host ?? '';
    expect(parsed).toEqual({
      ok: true,
      reference: {
        name: `${host}/${row.path}`,
        host,
        path: row.path,
        ...(row.tag === undefined ? {} : { tag: row.tag }),
        ...(row.digest === undefined ? {} : { digest: row.digest }),
      },
    });
  });

  it('refuses sha384, which Go knows and the registry formats we read do not', () => {
    expect(parseImageReference(`nginx@sha384:${'a'.repeat(96)}`).ok).toBe(false);
    expect(parseImageReference(`nginx@sha512:${'a'.repeat(128)}`).ok).toBe(true);
  });

  it('refuses a dotted first segment that is no host, which Go reads as a name without a host', () => {
    expect(parseImageReference('foo_bar.com/x').ok).toBe(false);
    expect(nameOf('foo-bar.com/x')).toBe('foo-bar.com/x');
  });

  it('refuses values that are not strings', () => {
    for (const value of [undefined, null, 1, true, {}, [], ['nginx']]) expect(parseImageReference(value).ok).toBe(false);
  });
});

describe('E10 one name for Docker Hub', () => {
  it.each(['nginx', 'library/nginx', 'docker.io/nginx', 'docker.io/library/nginx', 'index.docker.io/library/nginx', 'index.docker.io/nginx',
    'registry-1.docker.io/library/nginx', 'registry.hub.docker.com/library/nginx', 'Docker.IO/library/nginx', 'docker.io:443/library/nginx',
    'registry-1.docker.io:443/library/nginx'])('A9: %s is docker.io/library/nginx', (text) => {
    expect(nameOf(text)).toBe('docker.io/library/nginx');
  });

  it.each(['registry-1.docker.io/nginx', 'registry.hub.docker.com/nginx', 'docker.io:443/nginx', 'Docker.IO/nginx', 'INDEX.docker.io/nginx'])(
    'M1: %s gets no library/, which no runtime fills in there', (text) => {
      expect(nameOf(text)).toBe('docker.io/nginx');
    });

  it.each([['docker.io.evil.io/nginx', 'docker.io.evil.io/nginx'], ['docker.io:80/nginx', 'docker.io:80/nginx'],
    ['hub.docker.com/library/nginx', 'hub.docker.com/library/nginx'], ['mirror.gcr.io/library/nginx', 'mirror.gcr.io/library/nginx'],
    ['evil-docker.io/nginx', 'evil-docker.io/nginx'], ['evil/docker.io/nginx', 'docker.io/evil/docker.io/nginx']])('%s is not Docker Hub\'s nginx', (text, name) => {
    expect(nameOf(text)).toBe(name);
  });
});

describe('E11 hosts', () => {
  it('writes the host in lower case and keeps a written port', () => {
    expect(nameOf('REGISTRY.example.com/x')).toBe('registry.example.com/x');
    expect(nameOf('registry.example.com:8443/x')).toBe('registry.example.com:8443/x');
  });

  it.each([['ghcr.io:443/acme/app:1', 'ghcr.io/acme/app'], ['GHCR.io:443/acme/app', 'ghcr.io/acme/app'], ['localhost:443/x', 'localhost/x'], ['10.0.0.1:443/x', '10.0.0.1/x'],
    ['[2001:db8::1]:443/x', '[2001:db8::1]/x'], ['ghcr.io:4430/x', 'ghcr.io:4430/x'], ['ghcr.io:80/x', 'ghcr.io:80/x'],
    // Without its port this would be a namespace of Docker Hub.
    ['registry:443/x', 'registry:443/x']])('A9: the default port is no other name: %s is %s', (text, name) => {
    expect(nameOf(text)).toBe(name);
  });

  it.each(['ghcr.io:0443/x', 'ghcr.io:00443/x', 'ghcr.io:0/x', 'ghcr.io:65536/x', 'ghcr.io:443443/x', '[::1]:0443/x'])('A9: refuses the port of %s', (text) => {
    expect(parseImageReference(text).ok).toBe(false);
  });

  it.each([digest, `sha512:${'a1'.repeat(64)}`, digest.slice(7), digest.toUpperCase(), 'sha256:a1a1', `SHA256:${'a1'.repeat(32)}`])('M1: refuses the image id %s', (text) => {
    expect(parseImageReference(text).ok).toBe(false);
    expect(parseImageReference(`acme/app@${digest}`).ok).toBe(true);
  });

  it.each(['registry.example.com./x', 'registry。example.com/x', 'régistry.example.com/x', '１２７.0.0.1/x', 'registry.example.com:/x',
    'https://registry.example.com/x', 'user@registry.example.com/x', '[fe80::1%25eth0]/x'])('refuses %s', (text) => {
    expect(parseImageReference(text).ok).toBe(false);
  });

  it('reads a hexadecimal number without dots as a namespace of Docker Hub, never as an address', () => {
    expect(nameOf('0x7f000001/x')).toBe('docker.io/0x7f000001/x');
  });

  it('keeps the case of a host that is one only because of its case', () => {
    expect(nameOf('Acme/app')).toBe('Acme/app');
    expect(nameOf('acme/app')).toBe('docker.io/acme/app');
  });
});

describe('E12 white space and control characters', () => {
  it.each(['nginx\n:latest', ' nginx', 'nginx ', 'ng inx', 'nginx\r', 'nginx:1\u001b[31m', 'nginx\u0000', 'nginx\u00a0', 'nginx\u202e', '\ufeffnginx', 'nginx\u200b', 'nginx\u2028'])(
    'refuses %j',
    (text) => {
      expect(parseImageReference(text).ok).toBe(false);
    },
  );
});

describe('properties', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const component = fc.tuple(word, fc.constantFrom('', '.', '_', '__', '-', '---'), word).map(([a, separator, b]) => a + separator + b);
  const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const host = fc.oneof(
    fc.tuple(word, word).map(([a, b]) => `${a}.${b}`),
    fc.tuple(word, fc.integer({ min: 1, max: 65535 })).map(([a, port]) => `${a}:${port}`),
    fc.constantFrom('localhost', '[::1]', '[2001:db8::1]:5000', 'ghcr.io', 'ghcr.io:443', 'docker.io', 'registry-1.docker.io', 'registry.hub.docker.com:443'),
  );
  const suffix = fc.constantFrom('', ':v1', ':A_b.c-d', `@${digest}`, `:v1@${digest}`);

  it('the canonical form parses to the same reference', () => {
    fc.assert(
      fc.property(fc.option(host, { nil: undefined }), path, suffix, (h, p, s) => {
        const text = (h === undefined ? p : `${h}/${p}`) + s;
        const first = parseImageReference(text);
        if (!first.ok) throw new Error(`${text}: ${first.problem}`);
        expect(parseImageReference(formatImageReference(first.reference))).toEqual(first);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws, and whatever it accepts round-trips', () => {
    const alphabet = fc.constantFrom(...'aA0.-_/:@[]% \n\u0000é', 'docker.io', 'localhost', digest, `@${digest}`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.array(alphabet, { maxLength: 12 }).map((parts) => parts.join(''))), (text) => {
        const first = parseImageReference(text);
        if (first.ok) expect(parseImageReference(formatImageReference(first.reference))).toEqual(first);
      }),
      { numRuns: 5000 },
    );
  });

  it('is linear on long hostile text', () => {
    const started = cpuNow();
    for (const text of ['a-'.repeat(500), `${'a.'.repeat(400)}/x`, '-'.repeat(1000), `a${'_'.repeat(1000)}`, 'a'.repeat(1_000_000)]) {
      expect(parseImageReference(text).ok).toBe(false);
    }
    expect(cpuNow() - started).toBeLessThan(200);
  });
});
