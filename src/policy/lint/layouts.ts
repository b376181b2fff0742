/** What can be seen of a signed layout without verifying it: whether anybody signed it at all, and when it ends. */
import type { TrustedLayout } from '../../domain/policy/layout-requirement.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { own, ownList, ownText } from '../../text/json/fields.ts';
import { readJsonBytes, readJsonText } from '../../text/json/read.ts';
import type { Path } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';
import { adviseEnd } from './ends.ts';

/** Advice about the document of a layout, which stands at `path`; without `now` nothing is said of its end. Signatures are not verified. */
export function lintLayoutDocument(
  { document }: TrustedLayout, { path, report, now }: { readonly path: Path; readonly report: Reporter; readonly now?: number | undefined },
): void {
  const read = readJsonText(document);
  if (!read.ok) return;
  if ((ownList(read.value, 'signatures') ?? []).length === 0)
    report.advise('layout-unsigned', path, 'carries no signature, so no owner has signed it and it admits nothing; sign it, and write it with its signatures');
  const expires = Date.parse(ownText(signedPart(read.value), 'expires') ?? '');
  if (Number.isNaN(expires) || now === undefined) return;
  adviseEnd({ at: expires, path, what: 'the layout', fix: 'let its owners sign one with a later end, and write that' }, now, report, 'layout');
}

function signedPart(value: unknown): unknown {
  const payload = decodeBase64(own(value, 'payload'));
  if (payload === undefined) return own(value, 'signed');
  const read = readJsonBytes(payload);
  return read.ok ? read.value : undefined;
}
