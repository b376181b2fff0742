import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkConfig } from '../../../src/platform/config/config.ts';
import { configSchema } from '../../../src/platform/config/schema.ts';
import { runCli } from '../../../src/surfaces/cli/index.ts';

const doc = (name: string): string => readFileSync(new URL(`../../../docs/reference/${name}`, import.meta.url), 'utf8');
const tableKeys = (text: string, heading: string): string[] => {
  const section = text.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '').sort();
};

interface Shape { properties?: Record<string, Shape>; items?: Shape }

/** Every leaf of the schema, by its path; lists of mappings as `name[].key`. */
function leaves(shape: Shape, prefix = ''): string[] {
  return Object.entries(shape.properties ?? {}).flatMap(([key, value]) => {
    if (value.properties !== undefined) return leaves(value, `${prefix}${key}.`);
    if (value.items?.properties !== undefined) return leaves(value.items, `${prefix}${key}[].`);
    return [prefix + key];
  });
}

describe('reference pages', () => {
  it('configuration.md lists exactly the keys of the schema', () => {
    const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as Shape;
    expect(tableKeys(doc('configuration.md'), 'Keys')).toEqual(leaves(schema).sort());
  });

  it('the example of configuration.md is valid, but for its CA file', () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(doc('configuration.md'))?.[1] ?? '';
    expect(checkConfig(example.replace('    ca: acme-ca.pem\n', ''), 'example.yaml')).toMatchObject({ ok: true });
  });

  it('configuration.md lists exactly the metrics', () => {
    const named = tableKeys(doc('configuration.md'), 'Metrics');
    const src = new URL('../../../src/', import.meta.url);
    const inside = (room: string): string[] => readdirSync(new URL(`${room}/`, src), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).map((file) => `${room}/${file}`);
    const source = [...['platform', 'wiring', 'feeds', 'cluster'].flatMap(inside), 'main.ts'].map((file) => readFileSync(new URL(file, src), 'utf8')).join('\n');
    const literal = [...source.matchAll(/name: '(gatehouse_[a-z_]+)'/g)].map((match) => match[1] ?? '');
    const gauges = [...source.matchAll(/metrics\.(?:gauge|series|total)\(\s*'([a-z_]+)'/g)].map((match) => `gatehouse_${match[1]}`);
    for (const name of [...literal, ...gauges]) expect(named).toContain(name);
    for (const name of named) expect(source.includes(name.replace('gatehouse_', '')) || name.startsWith('gatehouse_evidence_')).toBe(true);
  });

  it('cli.md lists exactly the flags of the commands', async () => {
    const flagsOf = async (...command: string[]): Promise<string[]> => {
      let text = '';
      await runCli([...command, '--help'], { stdout: (part: string) => { text += part; }, stderr: () => undefined, version: '0', now: () => 0 } as never);
      return [...text.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map((match) => match[1] ?? '').filter((flag) => flag !== '--help').sort();
    };
    const documented = (command: string): string[] => {
      const section = doc('cli.md').split(`## gatehouse ${command}`)[1]?.split('\n## ')[0] ?? '';
      return [...section.matchAll(/^\| `(?:-\w, )?(--[a-z-]+)/gm)].map((match) => match[1] ?? '').sort();
    };
    for (const command of ['verify', 'serve']) expect(documented(command)).toEqual(await flagsOf(command));
    const [own, ofVerify, written] = [await flagsOf('admit'), await flagsOf('verify'), documented('admit ARTIFACT')];
    expect(own.filter((flag) => !ofVerify.includes(flag) && flag !== '--filename').filter((flag) => !written.includes(flag))).toEqual([]);
    expect(written.filter((flag) => !own.includes(flag))).toEqual([]);
  });
});
