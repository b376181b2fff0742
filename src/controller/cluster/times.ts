/** Moments as Kubernetes writes them. */

/** `2026-11-30T09:00:00Z`. */
export function kubeTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** `2026-11-30T09:00:00.000000Z`. */
export function microTime(at: number): string {
  return new Date(at).toISOString().replace(/Z$/, '000Z');
}
