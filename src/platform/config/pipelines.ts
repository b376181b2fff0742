/** What the operator says of the engines of builds in this cluster: keys, bounds, defaults, and what rules make of them. */
import { z } from 'zod';
import { DEFAULT_BUILD_SETTINGS } from '../../domain/build/settings.ts';
import type { BuildSettings, EngineAccounts } from '../../domain/build/settings.ts';
import { nameOf } from './texts/who.ts';

const LABEL = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const namespace = z.string().regex(new RegExp(`^${LABEL}$`), 'expected the name of a namespace');
const account = z.string().max(317).regex(
  new RegExp(`^${LABEL}/${LABEL}(?:\\.${LABEL})*$`),
  'expected a service account as NAMESPACE/NAME, for example tekton-pipelines/tekton-pipelines-controller',
);
const name = nameOf(512);

const USER = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** `NAMESPACE/NAME` of accounts as the API server names them. */
function written(users: ReadonlySet<string>): string[] {
  return [...users].map((user) => user.replace(USER, '$1/$2'));
}

const D = DEFAULT_BUILD_SETTINGS;
const accounts = (users: ReadonlySet<string>) => z.array(account).max(64).default(written(users));
const namespaces = (names: ReadonlySet<string>) => z.array(namespace).max(256).default([...names]);
const names = (known: ReadonlySet<string>) => z.array(name).max(256).default([...known]);

function section<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape).prefault({} as never);
}

/** The section `pipelines`. A list that is written takes the place of the default, and an empty one is nobody. */
export const pipelinesSchema = section({
  /** Whether the API server is asked about pipelines: `auto` follows NetworkPolicies from the first question on. */
  enabled: z.union([z.literal('auto'), z.boolean()], 'expected auto, true or false').default('auto'),
  tekton: section({
    namespaces: namespaces(D.tekton.namespaces),
    controllers: accounts(D.tekton.controllers),
    resolvers: accounts(D.tekton.resolvers),
    chains: accounts(D.tekton.chains),
  }),
  argo: section({ controllers: accounts(D.argo.controllers) }),
  shipwright: section({ controllers: accounts(D.shipwright.controllers) }),
  administrators: section({ users: names(D.administrators.users), groups: names(D.administrators.groups) }),
  ungatedNamespaces: namespaces(D.ungatedNamespaces),
});

/** The section as checked. */
export type PipelinesConfig = z.output<typeof pipelinesSchema>;

/** What rules about pipelines know of the cluster's set-up, with accounts as the API server names them. */
export function buildSettings({ tekton, argo, shipwright, administrators, ungatedNamespaces }: PipelinesConfig): BuildSettings {
  return {
    tekton: {
      namespaces: new Set(tekton.namespaces), controllers: users(tekton.controllers), resolvers: users(tekton.resolvers),
      chains: users(tekton.chains),
    },
    argo: controlledBy(argo.controllers),
    shipwright: controlledBy(shipwright.controllers),
    administrators: { users: new Set(administrators.users), groups: new Set(administrators.groups) },
    ungatedNamespaces: new Set(ungatedNamespaces),
  };
}

function controlledBy(controllers: readonly string[]): EngineAccounts {
  return { controllers: users(controllers), resolvers: new Set(), chains: new Set() };
}

function users(accounts: readonly string[]): ReadonlySet<string> {
  return new Set(accounts.map((one) => `system:serviceaccount:${one.replace('/', ':')}`));
}
