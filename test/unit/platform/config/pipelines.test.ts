import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { DEFAULT_BUILD_SETTINGS } from '../../../../src/domain/build/settings.ts';
import { checkConfig } from '../../../../src/platform/config/config.ts';
import { buildSettings } from '../../../../src/platform/config/pipelines.ts';

/** The settings that rules get from a configuration file with this section. */
function settings(pipelines: unknown): ReturnType<typeof buildSettings> {
  const result = checkConfig(stringify({ pipelines }), 'gatehouse.yaml');
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return buildSettings(result.config.pipelines);
}

const problems = (pipelines: unknown): readonly string[] => {
  const result = checkConfig(stringify({ pipelines }), 'gatehouse.yaml');
  return result.ok ? [] : result.problems.map(({ path }) => path);
};

describe('settings of engines of builds', () => {
  test('without a word are those of their own installations', () => {
    for (const section of [{}, undefined]) expect(settings(section)).toEqual(DEFAULT_BUILD_SETTINGS);
  });

  const users = (...names: string[]): Set<string> => new Set(names);
  test.each<[string, unknown, unknown]>([
    ['tekton.namespaces', { tekton: { namespaces: ['build'] } }, { tekton: { namespaces: users('build') } }],
    ['tekton.controllers', { tekton: { controllers: ['build/tekton'] } }, { tekton: { controllers: users('system:serviceaccount:build:tekton') } }],
    ['tekton.resolvers', { tekton: { resolvers: ['build/res', 'build/res2'] } }, { tekton: { resolvers: users('system:serviceaccount:build:res', 'system:serviceaccount:build:res2') } }],
    ['tekton.chains', { tekton: { chains: ['sign/chains.v2'] } }, { tekton: { chains: users('system:serviceaccount:sign:chains.v2') } }],
    ['argo.controllers', { argo: { controllers: ['flows/argo-server'] } }, { argo: { controllers: users('system:serviceaccount:flows:argo-server'), resolvers: users(), chains: users() } }],
    ['shipwright.controllers', { shipwright: { controllers: ['ship/c'] } }, { shipwright: { controllers: users('system:serviceaccount:ship:c') } }],
    ['administrators.users', { administrators: { users: ['root@acme.example'] } }, { administrators: { users: users('root@acme.example'), groups: users('system:masters') } }],
    ['administrators.groups', { administrators: { groups: ['platform'] } }, { administrators: { groups: users('platform') } }],
    ['ungatedNamespaces', { ungatedNamespaces: ['legacy'] }, { ungatedNamespaces: users('legacy') }],
    ['an empty list is nobody', { tekton: { controllers: [] } }, { tekton: { controllers: users(), resolvers: DEFAULT_BUILD_SETTINGS.tekton.resolvers } }],
  ])('%s', (_key, written, expected) => {
    expect(settings(written)).toMatchObject(expected as object);
  });

  test.each<[string, unknown, string]>([
    ['an account as the API server names it', { tekton: { controllers: ['system:serviceaccount:a:b'] } }, 'pipelines.tekton.controllers[0]'],
    ['an account without namespace', { argo: { controllers: ['argo'] } }, 'pipelines.argo.controllers[0]'],
    ['an account with a colon', { tekton: { chains: ['a:b/c'] } }, 'pipelines.tekton.chains[0]'],
    ['an account on two lines', { shipwright: { controllers: ['a/b\n'] } }, 'pipelines.shipwright.controllers[0]'],
    ['a namespace that is none', { ungatedNamespaces: ['*'] }, 'pipelines.ungatedNamespaces[0]'],
    ['a key that is not there', { tekton: { controller: ['a/b'] } }, 'pipelines.tekton.controller'],
    ['resolvers of an engine that has none', { argo: { resolvers: ['a/b'] } }, 'pipelines.argo.resolvers'],
    ['enabled: yes', { enabled: 'yes' }, 'pipelines.enabled'],
    ['nobody as administrator', { administrators: { users: [''] } }, 'pipelines.administrators.users[0]'],
    ['an administrator behind a space', { administrators: { users: [' root@acme.example'] } }, 'pipelines.administrators.users[0]'],
    ['a group with a line behind it', { administrators: { groups: ['platform\n'] } }, 'pipelines.administrators.groups[0]'],
  ])('%s is refused', (_what, written, path) => {
    expect(problems(written)).toEqual([path]);
  });

  test('K06: namespaces that count as not gated are by default exactly those that the shipped gate leaves out', () => {
    const manifest = parseAllDocuments(readFileSync(new URL('../../../../deploy/manifests/install.yaml', import.meta.url), 'utf8'));
    const gate = manifest.map((one) => one.toJS() as Record<string, never>).find((one) => one['kind'] === 'ValidatingWebhookConfiguration') as unknown as { webhooks: { namespaceSelector: { matchExpressions: { values: string[] }[] } }[] };
    expect(settings({}).ungatedNamespaces).toEqual(new Set(gate.webhooks[0]?.namespaceSelector.matchExpressions[0]?.values));
  });
});
