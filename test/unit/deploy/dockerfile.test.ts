import { describe, expect, test } from 'vitest';
import { parseDockerfile } from '../../support/dockerfile.ts';
import { read } from './support.ts';

const stages = parseDockerfile(read('Dockerfile'));
const last = stages.at(-1);
const words = (instruction: string): readonly string[] => (last?.steps ?? []).filter((step) => step.instruction === instruction).map((step) => step.text);

describe('Dockerfile', () => {
  test('is built in stages: source, production dependencies, runtime', () => {
    expect(stages.map((stage) => stage.name)).toEqual(['build', 'dependencies', undefined]);
  });
  test('runs as a user that is not root, given by number so that runAsNonRoot can check it', () => {
    expect(words('USER')).toEqual(['10001:10001']);
  });
  test('starts without a shell', () => {
    const entry = JSON.parse(words('ENTRYPOINT')[0] ?? '[]') as string[];
    expect(entry).toEqual(['/nodejs/bin/node', '/app/bin/gatehouse.js']);
    expect(words('RUN')).toEqual([]);
    expect(last?.from).toContain('distroless');
  });
  // Read, not run: V8 tells nobody which flags are set, and what this one does shows in the benchmark alone.
  test('switches off, before anything else is loaded, the guess of V8 that made decisions in the old generation (ADR 0003)', () => {
    const program = read('bin/gatehouse.js');
    const flag = program.search(/^setFlagsFromString\('--no-allocation-site-pretenuring'\);$/m);
    expect(flag).toBeGreaterThan(0);
    expect(flag).toBeLessThan(program.indexOf('await import('));
  });
  test('the runtime gets the compiled program, production dependencies and no source', () => {
    expect(words('COPY')).toEqual(['--from=dependencies /dependencies/node_modules ./node_modules', '--from=build /build/dist ./dist', 'bin ./bin', 'package.json LICENSE ./']);
  });
  test('dependencies are those of the lock, without development and optional ones; no install script runs', () => {
    const installs = stages.flatMap((stage) => stage.steps).filter((step) => step.instruction === 'RUN' && step.text.includes('npm ')).map((step) => step.text);
    const [build, compile, production] = installs;
    expect(compile).toBe('npm run build');
    for (const install of [build, production]) expect(install).toMatch(/^npm ci .*--ignore-scripts/);
    expect(production).toMatch(/--omit=dev --omit=optional/);
  });
  test('no instruction fetches from elsewhere or carries a secret', () => {
    for (const step of stages.flatMap((stage) => stage.steps)) {
      expect(step.instruction).not.toBe('ADD');
      expect(step.text).not.toMatch(/curl|wget|TOKEN|PASSWORD/i);
    }
  });
  test('both ports are declared', () => expect(words('EXPOSE')).toEqual(['8443 8080']));
  test('.dockerignore lets in what is copied and nothing else', () => {
    const lines = read('.dockerignore').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines[0]).toBe('*');
    const copied = stages.flatMap((stage) => stage.steps).filter((step) => step.instruction === 'COPY' && !step.text.startsWith('--from')).flatMap((step) => step.text.split(' ').slice(0, -1));
    expect(new Set(lines.slice(1))).toEqual(new Set(copied.map((path) => `!${path}`)));
  });
});
