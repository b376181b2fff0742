/** Ways out of a pod that no network policy closes, and what in it shares its network. */
import type { BuildContainer, BuildVolume, PodSettings } from '../../../domain/build/task.ts';
import { keptText } from '../../../domain/decision/kept-text.ts';
import type { RequestOutcome } from '../question.ts';

/** Annotations by which a pod gets further networks, to which NetworkPolicies do not apply (Multus, GKE). */
const FURTHER_NETWORKS = [
  'k8s.v1.cni.cncf.io/networks', 'v1.multus-cni.io/default-network', 'networking.gke.io/interfaces',
] as const;
/** Drivers that bring a credential which others believe. */
const CREDENTIAL_DRIVERS: ReadonlySet<string> = new Set(['csi.spiffe.io', 'spiffe.csi.cert-manager.io', 'csi.cert-manager.io']);
/** Sources of projected volumes that are credentials. */
const CREDENTIAL_SOURCES: ReadonlySet<string> = new Set(['serviceAccountToken', 'podCertificate']);

const NO_TOKEN = 'set automountServiceAccountToken: false in the pod template of the run (of a Workflow: in its spec)';

const out = (path: string, artifact: string, found: string, fix?: string): RequestOutcome =>
  ({ code: 'POLICY_JAIL_POD', path, artifact, found: [keptText(found)], ...(fix === undefined ? {} : { fix }) });

/** Settings of the whole pod: namespaces of its node, volumes. */
export function settingsOut(settings: PodSettings, artifact: string): readonly RequestOutcome[] {
  const host = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => settings[name]);
  return [
    ...host.map((name) => out(`${settings.path}.${name}`, artifact, `${name}: true`)),
    ...(settings.security.privileged ? [out(settings.security.path, artifact, 'privileged')] : []),
    ...volumesOut(settings.volumes, artifact),
  ];
}

/** Volumes through which something is reached or somebody believed. */
export function volumesOut(volumes: readonly BuildVolume[], artifact: string): readonly RequestOutcome[] {
  return volumes.flatMap(({ path, name, type, detail }) => {
    if (type === 'hostPath') return [out(`${path}.hostPath`, artifact, `volume ${name}: hostPath ${detail}`)];
    if (type === 'csi' && CREDENTIAL_DRIVERS.has(detail)) return [out(`${path}.csi`, artifact, `volume ${name}: ${detail}`)];
    if (type !== 'projected') return [];
    // Sources that were not read may be a token.
    const credentials =
      detail === '' ? ['sources that are not known'] : detail.split(',').filter((source) => CREDENTIAL_SOURCES.has(source));
    return credentials.map((source) => out(`${path}.projected`, artifact, `volume ${name}: ${source}`, NO_TOKEN));
  });
}

/** A container that has the rights of its node. */
export function containerOut({ security }: BuildContainer, artifact: string): readonly RequestOutcome[] {
  return security.privileged ? [out(security.path, artifact, 'privileged')] : [];
}

/** A container beside user code shares the network of the pod, and nothing makes it hermetic. */
export function sidecarOut({ path }: BuildContainer, artifact: string): RequestOutcome {
  return out(path, artifact, 'a sidecar shares the network of the pod');
}

/** Annotations that give the pod networks of which policies know nothing. */
export function annotationsOut(annotations: Readonly<Record<string, string>>, artifact: string): readonly RequestOutcome[] {
  return FURTHER_NETWORKS.filter((key) => Object.hasOwn(annotations, key)).map((key) =>
    out(`metadata.annotations["${key}"]`, artifact, `${key}: ${annotations[key] ?? ''}`));
}

/** A run must say that no token is mounted; whether one is after all is seen from the pod. */
export function tokenOut(mounted: boolean | undefined, path: string, artifact: string): readonly RequestOutcome[] {
  if (mounted === false) return [];
  return [out(path, artifact, `automountServiceAccountToken: ${mounted === undefined ? 'not set' : 'true'}`, NO_TOKEN)];
}
