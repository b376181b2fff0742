// Whatever a lock file names comes out again: asked about, refused, or passed over with a reason. By generated files of every format.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLockFile } from '../../../src/lockfiles/index.ts';

const HEX = '0'.repeat(64);
const SRI = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;
const COMMIT = 'a'.repeat(40);

/** One package as it is generated: every one has a name of its own, by which it is found again. */
interface Named {
  readonly name: string;
  /** Which of the ways of its format it is written in. */
  readonly how: number;
  readonly digest: boolean;
}

const NAMED: fc.Arbitrary<readonly Named[]> = fc.uniqueArray(
  fc.record({ name: fc.stringMatching(/^[a-z]{3,8}$/), how: fc.nat(7), digest: fc.boolean() }),
  { selector: ({ name }) => name, maxLength: 12 },
);

const pick = (texts: readonly string[], how: number): string => texts[how % texts.length] ?? '';
const addresses = (name: string): readonly string[] => [
  `https://registry.example/${name}.tgz`, `git+ssh://git@git.example/acme/${name}.git#${COMMIT}`, `git+https://git.example/acme/${name}.git#main`,
  `file:${name}.tgz`, `../${name}`, `svn+ssh://x.example/${name}`, `github:acme/${name}`,
];

const FORMATS: Readonly<Record<string, (all: readonly Named[]) => string>> = {
  'package-lock.json': (all) => JSON.stringify({
    lockfileVersion: 3,
    packages: Object.fromEntries(all.map(({ name, how, digest }) => [`node_modules/x${how === 7 ? '/node_modules/' : '-'}${name}`, {
      version: '1.0.0', ...(digest ? { integrity: SRI } : {}), ...(how < 7 ? { resolved: pick(addresses(name), how) } : { inBundle: true }), ...(how === 4 ? { link: true } : {}),
    }])),
  }),
  'pnpm-lock.yaml': (all) => `lockfileVersion: '9.0'\npackages:\n${all.map(({ name, how, digest }) => {
    const key = how === 7 ? `${name}@1.0.0` : `${name}@${pick(addresses(name), how)}`;
    return `  '${key}':\n    resolution: {${[digest ? `integrity: ${SRI}` : '', how === 7 ? '' : `tarball: '${pick(addresses(name), how)}'`].filter((one) => one !== '').join(', ')}}\n`;
  }).join('')}`,
  'yarn.lock': (all) => `# yarn lockfile v1\n\n${all.map(({ name, how, digest }) =>
    `"${name}@${how === 7 ? '^1' : pick(addresses(name), how)}":\n  version "1.0.0"\n${how % 2 === 0 ? `  resolved "${pick(addresses(name), how)}"\n` : ''}${digest ? `  integrity ${SRI}\n` : ''}`).join('\n')}`,
  'requirements.txt': (all) => all.map(({ name, how, digest }) => `${pick([
    `${name}==1.0`, `${name}>=1`, `${name}[x]==1.0; python_version > "3"`, `${name} @ https://x.example/${name}.whl`, `git+https://git.example/acme/${name}@${COMMIT}`, `./${name}`,
    `-e git+https://git.example/acme/${name}@main`, `${name} @ svn+https://x.example/${name}`,
  ], how)}${digest && how !== 6 ? ` \\\n    --hash=sha256:${HEX}` : ''}\n`).join(''),
  'uv.lock': (all) => `version = 1\n${all.map(({ name, how, digest }) => `[[package]]\nname = "${name}"\nversion = "1"\nsource = ${pick([
    '{ registry = "https://pypi.org/simple" }', '{ registry = "https://x.example" }', '{ virtual = "." }', `{ git = "https://git.example/acme/${name}#${COMMIT}" }`,
    `{ url = "https://x.example/${name}.whl" }`, '{ }', '{ registry = "x", path = "x" }', '"x"',
  ], how)}\n${digest ? `sdist = { hash = "sha256:${HEX}" }\n` : ''}`).join('')}`,
  'poetry.lock': (all) => `${all.map(({ name, how, digest }) => `[[package]]\nname = "${name}"\nversion = "1"\nfiles = [${digest ? `{hash = "sha256:${HEX}"}` : ''}]\n${pick([
    '', `[package.source]\ntype = "git"\nurl = "https://git.example/acme/${name}"\nresolved_reference = "${COMMIT}"\n`, '[package.source]\ntype = "legacy"\nurl = "https://x.example"\n',
    `[package.source]\ntype = "url"\nurl = "https://x.example/${name}.whl"\n`, '[package.source]\ntype = "directory"\nurl = "x"\n', '[package.source]\ntype = "magic"\n',
  ], how)}`).join('')}\n[metadata]\nlock-version = "2.1"\n`,
  'Cargo.lock': (all) => `version = 4\n${all.map(({ name, how, digest }) => `[[package]]\nname = "${name}"\nversion = "1.0.0"\n${pick([
    'source = "registry+https://github.com/rust-lang/crates.io-index"\n', 'source = "registry+https://x.example"\n', '', `source = "git+https://git.example/acme/${name}#${COMMIT}"\n`,
    'source = "git+file:///x"\n', 'source = "magic+x"\n', 'source = 1\n',
  ], how)}${digest ? `checksum = "${HEX}"\n` : ''}`).join('')}`,
  'go.sum': (all) => all.map(({ name, how, digest }) =>
    `${pick([`x.example/${name}`, `x.example/A/${name}`, `../${name}`], how)} ${pick(['v1.0.0', 'v1.0.0/go.mod', '1.0.0'], how + 1)} ${digest ? `h1:${Buffer.alloc(32).toString('base64')}` : 'h9:x'}\n`).join(''),
};

describe('nothing is left out', () => {
  test.each(Object.entries(FORMATS))('%s: whatever is named is told once, on its line', (format, write) => {
    fc.assert(fc.property(NAMED, (all) => {
      const text = write(all);
      const read = readLockFile(format, Buffer.from(text));
      if (!read.ok) throw new Error(`${read.line}: ${read.message}\n${text}`);
      const { artifacts, passedOver, unaskable } = read.file;
      const told = [...artifacts, ...passedOver, ...unaskable];
      expect(told).toHaveLength(all.length);
      const lines = text.split('\n');
      for (const { name } of all) {
        const own = told.filter(({ place }) => new RegExp(`(?:^|[^a-z])${name}(?:$|[^a-z])`).test(place));
        expect(own.length, `${name} in ${JSON.stringify(told)}`).toBeGreaterThanOrEqual(1);
        // Formats in TOML give the line of the heading.
        if (format !== 'package-lock.json') expect(own.some(({ line }) => lines.slice(line - 1, line + 2).join(' ').includes(name))).toBe(true);
      }
    }), { numRuns: 200 });
  });
});
