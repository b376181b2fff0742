/** Parameters of resolvers by which a definition is had from elsewhere, or a resolver made to do something else (CVE-2026-40161, -40938, -33211). */
import type { RemoteDefinition } from '../../../domain/build/definition.ts';
import { keptText } from '../../../domain/decision/kept-text.ts';
import type { RequestOutcome } from '../question.ts';
import { taskName } from './places.ts';
import { pathFault, revisionFault, urlFault } from './resolver-faults.ts';
import type { HygieneJudge } from './rule.ts';

type Fault = (value: string) => string | undefined;

/** The resolver sends what it knows to a server of the requester: its token too. */
const foreignServer: Fault = () => 'names a server of its own';

/** By resolver and name of parameter. */
const FAULTS: Readonly<Record<string, Readonly<Record<string, Fault>>>> = {
  git: {
    url: urlFault, revision: revisionFault, pathInRepo: pathFault, serverURL: foreignServer, org: pathFault, repo: pathFault,
  },
  hub: { url: foreignServer, name: pathFault, version: revisionFault, catalog: pathFault },
  http: { url: urlFault },
  bundles: { name: pathFault },
  cluster: { name: pathFault, namespace: pathFault },
};

/** Judges what is written and what it becomes with the parameters of the run; what is known later is for the rule about sources. */
export const judgeResolverParameters: HygieneJudge = ({ matter }) => {
  if (matter.about !== 'build') return [];
  return matter.request.definitions.flatMap((use) => (use.form === 'remote' ? ofUse(use) : []));
};

function ofUse(use: RemoteDefinition): readonly RequestOutcome[] {
  const faults = Object.hasOwn(FAULTS, use.resolver) ? FAULTS[use.resolver] ?? {} : {};
  const who = taskName(use.usedBy ?? '', `resolver ${use.resolver}`);
  const written = Object.entries(use.params).concat(become(use));
  const told = new Set<string>();
  return written.flatMap(([name, value]): RequestOutcome[] => {
    const cause = Object.hasOwn(faults, name) && !isOpen(value) && value !== '' ? faults[name]?.(value) : undefined;
    if (cause === undefined || told.has(name)) return [];
    told.add(name);
    return [
      { code: 'POLICY_HYGIENE_RESOLVER', path: use.path, artifact: who, found: [`${name}: ${keptText(value)}`], cause: `${name} ${cause}` },
    ];
  });
}

/** The parameters of a source with everything filled in. */
function become({ source, values }: RemoteDefinition): [string, string][] {
  if (values !== undefined) return Object.entries(values);
  if (source.from === 'git') return [['revision', source.revision], ['pathInRepo', source.file]];
  return source.from === 'http' ? [['url', source.url]] : [];
}

/** It holds a variable that has no value yet. */
function isOpen(value: string): boolean {
  return value.includes('$(');
}
