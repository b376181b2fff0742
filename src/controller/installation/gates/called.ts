/** Whom the webhooks of ours have the API server ask: the Service of the replicas, at its port and its path, and nobody else. */
import { own, ownList, ownText } from '../../../text/json/fields.ts';
import { fail, unknown, warn } from '../finding.ts';
import type { CheckFinding } from '../finding.ts';
import { below } from '../looks/look.ts';
import type { Look } from '../looks/look.ts';
import type { HeldGate, Installation } from '../read.ts';

const APPLY = 'apply the manifest or the chart of this version again (docs/operate/install.md, Upgrade)';
const HTTPS = 443;

/** Findings about it; none where all is as it should be. */
export function checkCalled({ gates, namespace, calledService: service }: Installation): readonly CheckFinding[] {
  const found = gates.filter(({ look }) => look.kind === 'found');
  if (found.length === 0) return [];
  if (service.kind === 'none')
    return [fail('service', `there is no Service gatehouse in ${namespace}: the API server cannot ask`, APPLY)];
  if (service.kind === 'unknown') return [unknown('service', `Service gatehouse: ${service.why}`, 'ask with the rights of an administrator')];
  const told = found.flatMap((gate) => problemsOf(gate, namespace, service));
  return [...new Map(told.map((finding) => [finding.text, finding])).values()];
}

function problemsOf({ name, look }: HeldGate, namespace: string, service: Look & { kind: 'found' }): readonly CheckFinding[] {
  const webhooks = look.kind === 'found' ? ownList(look.object, 'webhooks') ?? [] : [];
  const ports = (ownList(below(service.object, 'spec'), 'ports') ?? []).map((one) => own(one, 'port'));
  return webhooks.flatMap((webhook): CheckFinding[] => {
    const config = own(webhook, 'clientConfig');
    const url = ownText(config, 'url');
    if (url !== undefined)
      return [warn('asked', `${name} asks ${hostOf(url)}, and no Service: whoever answers there decides`, 'see that it is Gatehouse')];
    const called = own(config, 'service');
    const at = `${ownText(called, 'namespace') ?? ''}/${ownText(called, 'name') ?? ''}`;
    if (at !== `${namespace}/gatehouse`) return [fail('asked', `${name} asks Service ${at}, and not ${namespace}/gatehouse`, APPLY)];
    const port = own(called, 'port') ?? HTTPS;
    if (!ports.includes(port))
      return [fail('asked', `${name} asks port ${String(port)}, and Service gatehouse has ${ports.map(String).join(', ') || 'none'}`, APPLY)];
    const [path, wanted] = [ownText(called, 'path') ?? '', name === 'gatehouse-mutate' ? '/mutate' : '/validate'];
    // Behind it there may be a token, which is shown to nobody.
    return path === wanted || path.startsWith(`${wanted}/`) ? [] : [fail('asked', `${name} does not ask at ${wanted}`, APPLY)];
  });
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an address that is none';
}
