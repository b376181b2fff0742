/** Settings by which a pod gets out of what was reviewed, and those that level baseline of the Pod Security Standards denies besides. */
import { keptText } from '../../../domain/decision/kept-text.ts';
import type { SecuritySettings } from '../../../domain/build/task.ts';
import type { RequestOutcome } from '../question.ts';
import { below } from './places.ts';
import type { HygieneJudge, HygieneSubject } from './rule.ts';
import { judgeUnconfined } from './seccomp.ts';

/** Settings of a pod that are told, unless they say what pods have by themselves. */
const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  hostAliases: [], dnsConfig: [], dnsPolicy: ['ClusterFirst', 'None'], schedulerName: ['default-scheduler'], nodeName: [''],
  shareProcessNamespace: ['false'], priorityClassName: [''],
};
/** Kernel settings that act on the pod alone (Pod Security Standards, baseline). */
const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range', 'net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem',
]);
const SELINUX_TYPES: ReadonlySet<string> = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);
const APPARMOR: ReadonlySet<string> = new Set(['RuntimeDefault', 'Localhost']);

/**
 * What a pod that an engine's controller makes has by itself was set in its run, which was judged, or by the engine's settings, which are
 * the administrators'; its security contexts are judged all the same, since they come from definitions that were resolved later.
 */
export const judgePodSettings: HygieneJudge = (subject) => {
  const { pods, containers } = subject;
  const securities = [...containers.map(({ container: { security }, who }) => ({ security, who })),
    ...pods.map(({ settings: { security }, who }) => ({ security, who }))];
  return [
    ...(isOfController(subject) ? [] : pods.flatMap(ofPod)), ...patches(subject), ...judgeUnconfined(subject),
    ...securities.flatMap(({ security, who }) => ofSecurity(security, who)),
  ];
};

function isOfController({ matter, question: { settings: { tekton, argo, shipwright } } }: HygieneSubject): boolean {
  const controllers = [tekton.controllers, argo.controllers, shipwright.controllers];
  return matter.about === 'pod' && controllers.some((accounts) => accounts.has(matter.requester.username));
}

function ofPod({ settings: { path, runtimeClass, further = [] }, who }: HygieneSubject['pods'][number]): RequestOutcome[] {
  const told = further.filter(({ name, value }) => Object.hasOwn(DEFAULTS, name) && DEFAULTS[name]?.includes(value) === false);
  return [
    ...(runtimeClass === undefined || runtimeClass === ''
      ? []
      : [outcome(below(path, 'runtimeClassName'), who, `runtimeClassName ${runtimeClass}`)]),
    ...told.map(({ name, value, path: at }) => outcome(at, who, `${name} ${value}`)),
  ];
}

/** A patch of a pod that cannot be read may set anything. */
function patches({ matter }: HygieneSubject): RequestOutcome[] {
  if (matter.about !== 'build') return [];
  return matter.request.images.filter(({ state }) => state.state === 'deferred' && state.reason === 'patch')
    .map(({ path, holder }) => outcome(path, keptText(holder), 'a patch that can be read only when the pod is made'));
}

function ofSecurity({ path, procMount = 'Default', seLinux, appArmor, sysctls = [] }: SecuritySettings, who: string): RequestOutcome[] {
  const unsafe = sysctls.filter((name) => !SAFE_SYSCTLS.has(name));
  const label = seLinux !== undefined && (!SELINUX_TYPES.has(seLinux.type) || seLinux.user !== '' || seLinux.role !== '');
  return [
    ...(procMount === 'Default' ? [] : [outcome(below(path, 'procMount'), who, procMount)]),
    ...(label ? [outcome(below(path, 'seLinuxOptions'), who, [seLinux.user, seLinux.role, seLinux.type].join(':'))] : []),
    ...(appArmor === undefined || APPARMOR.has(appArmor) ? [] : [outcome(below(path, 'appArmorProfile.type'), who, appArmor)]),
    ...(unsafe.length === 0 ? [] : [{ ...outcome(below(path, 'sysctls'), who, ''), found: unsafe.map(keptText) }]),
  ];
}

function outcome(path: string, artifact: string, found: string): RequestOutcome {
  return { code: 'POLICY_HYGIENE_POD', path, artifact, found: [keptText(found)] };
}
