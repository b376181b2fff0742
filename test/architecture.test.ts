import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { WRITTEN_KINDS } from '../src/policy/kinds/index.ts';
import { circles, importGraph, importsOf } from './support/imports.ts';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** What each room may import besides itself: other rooms, and libraries or Node built-ins. */
const WALLS: Record<string, { rooms: string[]; libraries: string[] }> = {
  text: { rooms: [], libraries: ['node:crypto', 'node:buffer'] },
  flow: { rooms: [], libraries: ['node:worker_threads', 'node:async_hooks', 'node:module', 'node:path', 'node:v8'] },
  domain: { rooms: [], libraries: [] },
  pki: { rooms: ['text'], libraries: ['node:crypto', 'node:module', 'node:zlib', '@noble/curves'] },
  tuf: { rooms: ['text', 'pki'], libraries: ['node:crypto', 'node:stream', 'tuf-js'] },
  net: { rooms: ['text', 'flow', 'domain'], libraries: ['undici', 'lru-cache', 'node:'] },
  intake: { rooms: ['text', 'domain'], libraries: [] },
  // YAML is for manifests and patches that stand as text in a field (ADR 0021).
  extract: { rooms: ['text', 'domain'], libraries: ['yaml'] },
  policy: { rooms: ['text', 'domain', 'examine'], libraries: ['yaml', 'zod', 're2js'] },
  // Resources of ours as they are written: what they come to is found out before anybody relies on them.
  own: { rooms: ['text', 'flow', 'domain', 'policy'], libraries: [] },
  select: { rooms: ['text', 'domain'], libraries: [] },
  fetch: { rooms: ['text', 'flow', 'net', 'pki', 'domain'], libraries: ['lru-cache', 'node:'] },
  trust: { rooms: ['text', 'pki', 'tuf', 'domain'], libraries: ['node:crypto'] },
  verify: { rooms: ['text', 'flow', 'pki', 'domain', 'trust'], libraries: ['node:crypto', 'node:module', '@sigstore/verify', '@sigstore/bundle', '@sigstore/protobuf-specs', 'jose'] },
  examine: { rooms: ['text', 'flow', 'domain'], libraries: ['@bufbuild/cel', 're2js', 'node:module'] },
  evaluate: { rooms: ['text', 'domain'], libraries: [] },
  // Policies that are themselves signed: what of them is, by whom it counts, and no way back.
  signed: { rooms: ['text', 'domain', 'evaluate'], libraries: [] },
  explain: { rooms: ['text', 'domain'], libraries: [] },
  respond: { rooms: ['text', 'domain', 'explain'], libraries: [] },
  engine: { rooms: ['text', 'flow', 'domain', 'extract', 'select', 'evaluate'], libraries: [] },
  platform: { rooms: ['text', 'domain'], libraries: ['*'] },
  // Who calls the gate, and what it vouches for.
  authn: { rooms: ['text', 'flow', 'net', 'domain'], libraries: ['jose', 'lru-cache', 'node:crypto'] },
  vouch: { rooms: ['text', 'flow', 'pki', 'domain'], libraries: ['sigstore', '@sigstore/sign', '@sigstore/bundle', 'lru-cache', 'node:crypto'] },
  // Policy tests: worlds that are made up, and what is expected in them. It asks nobody, and knows no engine.
  rehearse: { rooms: ['text', 'domain', 'pki', 'policy'], libraries: ['node:crypto', 'zod', '@noble/curves'] },
  // Policies of other projects, translated; it asks nobody.
  migrate: { rooms: ['text', 'domain', 'policy'], libraries: ['yaml', 'node:crypto'] },
  lockfiles: { rooms: ['text', 'domain'], libraries: ['yaml', 'smol-toml', '@yarnpkg/parsers'] },
  cluster: { rooms: ['text', 'flow', 'domain'], libraries: ['*'] },
  feeds: { rooms: ['text', 'flow', 'domain', 'cluster', 'platform'], libraries: ['*'] },
  // Decisions as they leave the process.
  events: { rooms: ['text', 'flow', 'net', 'domain', 'platform'], libraries: ['node:'] },
  // A process of its own: status, reports and events of resources. It judges by an engine that it is given.
  controller: { rooms: ['text', 'flow', 'domain', 'cluster', 'feeds', 'policy', 'extract', 'platform', 'respond', 'explain'], libraries: ['*'] },
  // Wiring puts all rooms together, so it may name all of them.
  wiring: {
    rooms: [
      'text', 'flow', 'domain', 'pki', 'tuf', 'net', 'intake', 'extract', 'policy', 'select', 'fetch', 'trust', 'verify', 'examine', 'evaluate',
      'explain', 'respond', 'engine', 'platform', 'cluster', 'feeds', 'events', 'surfaces', 'authn', 'vouch', 'lockfiles', 'rehearse', 'migrate', 'controller', 'own', 'signed',
    ],
    libraries: ['*'],
  },
  surfaces: { rooms: ['text', 'flow', 'domain', 'engine', 'intake', 'respond', 'explain', 'platform', 'lockfiles'], libraries: ['*'] },
};

/** Rooms that are pure: same input, same output. */
const PURE = ['text', 'domain', 'extract', 'select', 'evaluate', 'explain', 'respond', 'engine', 'intake', 'policy', 'signed'];

interface SourceFile {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const files: readonly SourceFile[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const text = readFileSync(join(SRC, path), 'utf8');
    const imports = importsOf(text).map(({ specifier }) => specifier);
    return { path, room: path.includes('/') ? path.slice(0, path.indexOf('/')) : '', text, imports };
  });

function roomOf(file: SourceFile, specifier: string): string {
  const target = relative(SRC, join(SRC, file.path, '..', specifier));
  return target.includes('/') ? target.slice(0, target.indexOf('/')) : '';
}

describe('the one-way road', () => {
  test('every file lies in a room that has walls, or is a composition root', () => {
    const roots = files.filter((file) => file.room === '').map((file) => file.path).sort();
    expect(roots).toEqual(['cli.ts', 'main.ts']);
    for (const file of files) if (file.room !== '') expect(Object.keys(WALLS)).toContain(file.room);
  });

  test.each(Object.keys(WALLS))('%s imports only what its walls allow', (room) => {
    const wall = WALLS[room] ?? { rooms: [], libraries: [] };
    const wrong: string[] = [];
    for (const file of files.filter((candidate) => candidate.room === room)) {
      for (const specifier of file.imports) {
        const allowed = specifier.startsWith('.')
          ? [room, ...wall.rooms].includes(roomOf(file, specifier))
          : wall.libraries.some((library) => library === '*' || specifier === library || specifier.startsWith(library.endsWith(':') ? library : `${library}/`));
        if (!allowed) wrong.push(`${file.path} imports ${specifier}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('nothing on the way of a request is an object literal with accessors: each would cost a hidden class, kept until the next full collection (ADR 0003)', () => {
    const onTheWay = files.filter(({ room, path }) => ['intake', 'extract', 'select', 'evaluate', 'explain', 'respond', 'engine'].includes(room) || path.startsWith('surfaces/http/'));
    const wrong = onTheWay.flatMap(({ path, text }) => [...text.matchAll(/^(?: {4,}|.*[{,] *)(?:get|set) \w+\(.*/gm)].map(([line]) => `${path}: ${line.trim()}`));
    expect(wrong).toEqual([]);
  });

  test('surfaces share only their transport (surfaces/http)', () => {
    const wrong: string[] = [];
    for (const file of files.filter((candidate) => candidate.room === 'surfaces')) {
      const own = file.path.split('/')[1];
      for (const specifier of file.imports.filter((name) => name.startsWith('.'))) {
        const target = relative(SRC, join(SRC, file.path, '..', specifier)).split('/');
        if (target[0] === 'surfaces' && target.length > 2 && file.path.split('/').length > 2 && target[1] !== own && target[1] !== 'http') {
          wrong.push(`${file.path} imports ${specifier}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('surfaces keep nothing in modules: what is remembered belongs to one server', () => {
    const wrong = files.filter(({ room, text }) => room === 'surfaces' && /^(?:export )?(?:let|var)\b/m.test(text)).map(({ path }) => path);
    expect(wrong).toEqual([]);
  });

  test('libraries stay in their places', () => {
    const places: Record<string, RegExp> = {
      fastify: /^surfaces\//,
      commander: /^surfaces\/cli\//,
      '@kubernetes/client-node': /^(?:cluster|controller)\//,
      jose: /^(?:authn|verify\/notation)\//,
      sigstore: /^vouch\//,
      '@sigstore/sign': /^vouch\//,
      undici: /^net\//,
      pino: /^platform\/log\.ts$/,
      '@sigstore/verify': /^verify\/second-opinion\//,
      '@sigstore/bundle': /^verify\/second-opinion\//,
      'tuf-js': /^tuf\/second-opinion\.ts$/,
      'node-forge': /^platform\/tls\//,
    };
    for (const file of files) {
      // A type costs nothing at run time and cannot be called.
      const typesOnly = new Set([...file.text.matchAll(/^import type .* from '([^']+)'/gm)].map((match) => match[1] ?? ''));
      for (const specifier of file.imports.filter((name) => !typesOnly.has(name))) {
        const place = places[specifier];
        if (place) expect(file.path, `${file.path} imports ${specifier}`).toMatch(place);
      }
    }
  });
});

describe('circles', () => {
  test('no circle of files outside domain types', () => {
    // The words of the domain explain each other; a type costs nothing there, while anywhere else it ties two files together.
    const graph = importGraph(SRC, (from, { typesOnly }) => !(typesOnly && from.startsWith('domain/')));
    expect(circles(graph)).toEqual([]);
  });

  test.each<[string, Record<string, readonly string[]>, string[][]]>([
    ['a row', { a: ['b'], b: ['c'], c: [] }, []],
    ['a row that is closed', { a: ['b'], b: ['c'], c: ['a'] }, [['a', 'b', 'c']]],
    ['two ways to one file', { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, []],
    ['two circles, one behind the other', { a: ['b'], b: ['a', 'c'], c: ['d'], d: ['c'] }, [['a', 'b'], ['c', 'd']]],
    ['a file that imports itself', { a: ['a'], b: [] }, [['a']]],
  ])('are found in %s', (_, graph, expected) => {
    expect(circles(new Map(Object.entries(graph)))).toEqual(expected);
  });

  test.each<[string, ReturnType<typeof importsOf>]>([
    ["import type { A } from './a.ts';", [{ specifier: './a.ts', typesOnly: true }]],
    ["import { type A } from './a.ts';", [{ specifier: './a.ts', typesOnly: false }]],
    ["export type { A } from './a.ts';", [{ specifier: './a.ts', typesOnly: true }]],
    ["export { A } from './a.ts';", [{ specifier: './a.ts', typesOnly: false }]],
    ["import {\n  A,\n} from './a.ts';", [{ specifier: './a.ts', typesOnly: false }]],
    ["import './a.ts';", [{ specifier: './a.ts', typesOnly: false }]],
    ["const a = await import('./a.ts');", [{ specifier: './a.ts', typesOnly: false }]],
    ["// from './a.ts'", []],
  ])('imports are read from %j', (text, expected) => {
    expect(importsOf(text)).toEqual(expected);
  });
});

describe('trust in types', () => {
  test('only verify/verified.ts makes verified evidence', () => {
    const makers = files.filter((file) => /\bas (?:unknown as )?(?:Readonly<)?VerifiedEvidence\b/.test(file.text)).map((file) => file.path);
    expect(makers).toEqual(['verify/verified.ts']);
  });

  test('evaluate never names unverified evidence', () => {
    for (const file of files.filter((candidate) => candidate.room === 'evaluate')) expect(file.text).not.toMatch(/UnverifiedEvidence/);
  });
});

describe('the core has no clock, no environment and no log', () => {
  test.each(PURE)('%s', (room) => {
    for (const file of files.filter((candidate) => candidate.room === room)) {
      expect(file.text, file.path).not.toMatch(/\bDate\.now\(|\bnew Date\(\)|\bprocess\.|\bconsole\.|\bfetch\(/);
    }
  });

  test('only the composition roots read the environment', () => {
    for (const file of files.filter(({ room }) => room !== '' && room !== 'wiring')) expect(file.text, file.path).not.toMatch(/\bprocess\.(?:env|argv|exit\()/);
  });
});

describe('the ground floor', () => {
  test('text knows no word of the domain', () => {
    const wrong = files.filter(({ room, text }) => room === 'text' && /polic(?:y|ies)|artifact|evidence|finding/i.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('foreign JSON has one door: JSON.parse is called in text/json, and on what this process wrote itself', () => {
    const parsers = files.filter(({ room, text }) => room !== 'text' && /\bJSON\.parse\(/.test(text)).map(({ path }) => path);
    // The version of our own package; an answer that this server has written; a document that is to be YAML; one key, cut out of text that the door has read.
    const own = ['platform/version.ts', 'surfaces/cli/output/document.ts', 'surfaces/gate/kept-answers.ts', 'verify/statement/member-text.ts'];
    expect(parsers.sort()).toEqual(own);
  });
});

describe('shape', () => {
  test('the top function reads like a paragraph: engine/admit.ts has at most 45 lines', () => {
    const admit = files.find((file) => file.path === 'engine/admit.ts');
    expect(admit?.text.split('\n').length).toBeLessThanOrEqual(46);
  });

  test('one file, one idea: no file over 300 lines', () => {
    const long = files.filter((file) => file.text.split('\n').length > 300).map((file) => file.path);
    expect(long).toEqual([]);
  });

  test('a folder is taken in at a glance: at most 16 files beside its index', () => {
    const counts = new Map<string, number>();
    for (const { path } of files) {
      const folder = dirname(path);
      if (!path.endsWith('index.ts')) counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count > 16)).toEqual([]);
  });

  test('lines of code have at most 140 columns; long texts and the tables of reasons excepted', () => {
    const tables = ['domain/decision/reasons.ts', 'domain/decision/catalogue/pipeline-reasons.ts', 'explain/meanings/index.ts', 'explain/meanings/pipeline.ts', 'domain/decision/catalogue/gate-reasons.ts', 'explain/meanings/gate.ts'];
    // A line is as long as what is left of it without its texts and regular expressions.
    const bare = (line: string): string => line.replaceAll(/(['"`])(?:\\.|(?!\1).)*\1/g, '').replaceAll(/(?<=^\s*|[=(:,]\s*)\/(?:\\.|[^/\\])+\/[a-z]*/g, '');
    const wrong = files.filter(({ path }) => !tables.includes(path))
      .flatMap(({ path, text }) => text.split('\n').map((line, index) => ({ at: `${path}:${index + 1}`, line })))
      .filter(({ line }) => line.length > 140 && bare(line).length > 100);
    expect(wrong.map(({ at }) => at)).toEqual([]);
  });

  test('no module remembers anything in a variable of its own', () => {
    expect(files.filter(({ text }) => /^(?:export )?(?:let|var)\b/m.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test('the first line of a file says its idea', () => {
    // Either in one line, or as the beginning of a docstring that stands first.
    const wrong = files.filter(({ text }) => !/^(?:\/\*\* \S.{10,} \*\/|\/\*\*|\/\/ \S.{10,})$/.test(text.slice(0, text.indexOf('\n'))));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test.each(Object.keys(WALLS).filter((room) => files.filter((file) => file.room === room).length > 8))('%s has a page of its own, whose first line is its idea', (room) => {
    const [idea = ''] = readFileSync(join(SRC, room, 'DESIGN.md'), 'utf8').split('\n');
    expect(idea.length > 40 && !idea.startsWith('#'), idea).toBe(true);
  });

  test('the ground room flow knows no word of the domain', () => {
    const words = /polic(?:y|ies)|artifact|evidence|finding|signer|verif|examin/i;
    expect(files.filter(({ room, text }) => room === 'flow' && words.test(text)).map(({ path }) => path)).toEqual([]);
    expect(files.filter(({ room }) => room === 'flow').length).toBeGreaterThan(5);
  });

  test('every kind of requirement has a file of its own, with one name in policy/kinds and where it is judged or examined', () => {
    const kinds = WRITTEN_KINDS.map((kind) => kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)).sort();
    const named = files.map(({ path }) => /^policy\/kinds\/(?!index\.ts|kind\.ts)([a-z-]+)(?:\/index)?\.ts$/.exec(path)?.[1]);
    expect(named.filter((name) => name !== undefined).sort()).toEqual(kinds);
    const judged = (kind: string): boolean =>
      files.some(({ path }) => [`evaluate/${kind}.ts`, `examine/${kind}.ts`, `examine/${kind}/${kind}.ts`].includes(path));
    expect(kinds.filter((kind) => !judged(kind))).toEqual([]);
  });

  test('no escape hatches from the type checker', () => {
    for (const file of files) {
      const code = file.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      expect(file.text, file.path).not.toMatch(/@ts-ignore|@ts-expect-error/);
      expect(code, file.path).not.toMatch(/\bas any\b|: any\b/);
    }
  });
});

describe('the map in CONTRIBUTING.md', () => {
  const page = readFileSync(new URL('../CONTRIBUTING.md', import.meta.url), 'utf8');
  const rows = page.split('## Where do I add')[1]?.split('\n## ')[0]?.split('\n').filter((line) => line.startsWith('| ')).slice(1) ?? [];

  test('has a place for a dozen changes and more', () => {
    expect(rows.length).toBeGreaterThanOrEqual(12);
  });

  test.each(rows.map((row) => [row.split('|')[1]?.trim() ?? '', row]))('%s: every path it names is there', (_, row) => {
    const named = [...row.matchAll(/`((?:src|test|docs|deploy)\/[^`\s]*)`/g)].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(0);
    // What is still to be written is named in angle brackets; its folder is there.
    const existing = named.map((path) => path.replace(/[^/]*<.*$/, ''));
    expect(existing.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
  });

  test('names every room, with what its wall lets through', () => {
    for (const room of Object.keys(WALLS)) expect(page, room).toContain(`\`${room}/\``);
  });
});
