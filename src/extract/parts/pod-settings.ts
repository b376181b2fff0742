/** Settings of pods wherever an engine lets them be written: in a spec, a template or a patch. */
import type { PodSettings } from '../../domain/build/task.ts';
import { field } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { textOf, textsOf } from '../build-base.ts';
import { furtherSettings } from './further-settings.ts';
import { environmentFromOf, environmentOf } from './container.ts';
import type { Placed, Problems } from './look.ts';
import { asksFor, flag, securityOf } from './security.ts';
import { volumesOf } from './volumes.ts';

/** What pods are given besides, and the task that it holds for. */
export interface PodMetadata {
  readonly task?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What the object at a place says of its pods; `labels` and `annotations` are those that it gives to them. */
export function podSettingsOf(
  { value, path }: Placed<JsonObject>, { task, labels, annotations }: PodMetadata, problems: Problems,
): PodSettings {
  const account = textOf(value, 'serviceAccountName') || textOf(value, 'serviceAccount');
  const runtimeClass = textOf(value, 'runtimeClassName');
  return {
    path,
    ...(task === undefined ? {} : { task }),
    hostNetwork: asksFor(field(value, 'hostNetwork')),
    hostPID: asksFor(field(value, 'hostPID')),
    hostIPC: asksFor(field(value, 'hostIPC')),
    ...flag(value, 'hostUsers'),
    ...flag(value, 'automountServiceAccountToken'),
    ...(account === '' ? {} : { serviceAccount: account }),
    ...(runtimeClass === '' ? {} : { runtimeClass }),
    security: securityOf(value, path),
    volumes: volumesOf(value, path, problems),
    environment: environmentOf(value, path, problems),
    ...environmentFromOf(value, path),
    labels: labels ?? textsOf(value, 'labels'),
    ...(annotations === undefined ? {} : { annotations }),
    ...furtherSettings(value, path),
  };
}
