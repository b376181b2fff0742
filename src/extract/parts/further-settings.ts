/** Parts of pods, containers and security contexts that few objects write and that rules of hygiene look at; alike for all engines. */
import { FURTHER_POD_SETTINGS } from '../../domain/build/task.ts';
import type { BuildContainer, PodSettings, SecuritySettings } from '../../domain/build/task.ts';
import { field, isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';

/** Longest value that is kept of a setting: what rules compare with is shorter. */
const MOST_VALUE = 64;

/** Of a security context: SELinux, AppArmor and, of a pod, sysctls, as far as they are written. */
export function furtherSecurity(context: unknown): Pick<SecuritySettings, 'seLinux' | 'appArmor' | 'sysctls'> {
  const seLinux = own(context, 'seLinuxOptions');
  const appArmor = ownText(own(context, 'appArmorProfile'), 'type');
  const sysctls = (ownList(context, 'sysctls') ?? []).flatMap((one) => ownText(one, 'name') ?? []);
  return {
    ...(isObject(seLinux)
      ? { seLinux: { type: ownText(seLinux, 'type') ?? '', user: ownText(seLinux, 'user') ?? '', role: ownText(seLinux, 'role') ?? '' } }
      : {}),
    ...(appArmor === undefined ? {} : { appArmor }),
    ...(sysctls.length === 0 ? {} : { sysctls }),
  };
}

/** Of a PodSpec or pod template at this path: what it writes of `FURTHER_POD_SETTINGS`; empty lists are nothing. */
export function furtherSettings(spec: JsonObject, at: string): Pick<PodSettings, 'further'> {
  const further = FURTHER_POD_SETTINGS.flatMap((name) => {
    const value = field(spec, name);
    const isNothing = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
    return isNothing ? [] : [{ name, value: shown(value), path: at === '' ? name : `${at}.${name}` }];
  });
  return further.length === 0 ? {} : { further };
}

/** Of a container at this path: the ports of its node that it takes. */
export function hostPortsOf(container: JsonObject, at: string): Pick<BuildContainer, 'hostPorts'> {
  const hostPorts = (ownList(container, 'ports') ?? []).flatMap((one, index) => {
    const port = own(one, 'hostPort');
    return typeof port === 'number' && port !== 0 ? [{ port, path: `${at}.ports[${index}].hostPort` }] : [];
  });
  return hostPorts.length === 0 ? {} : { hostPorts };
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= MOST_VALUE ? text : `${text.slice(0, MOST_VALUE - 1)}…`;
}
