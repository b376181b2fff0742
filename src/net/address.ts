/** Which IP addresses may be contacted, by what they are for and by who named the host. */
import { isIPv4, isIPv6 } from 'node:net';
import { readV6 } from '../domain/ip-address.ts';

/**
 * What an IP address is for. `forbidden` may never be contacted: link-local, cloud metadata, unspecified,
 * multicast, reserved. Addresses that stand for an IPv4 address (mapped, translated, NAT64, 6to4) count as that address.
 */
export type AddressClass = 'public' | 'private' | 'loopback' | 'forbidden';

/** How a host came to be contacted, which says what sort of address it may have (DESIGN §8, Network). */
export type Reach = 'named' | 'literal' | 'other';

/** Named in the configuration: anything but forbidden; literal in a policy: no loopback; otherwise public only. */
export function permits(reach: Reach, address: AddressClass): boolean {
  if (address === 'forbidden') return false;
  if (reach === 'named') return true;
  return address === 'public' || (reach === 'literal' && address === 'private');
}

/** The class of an IP address in text form; what is no address is forbidden. */
export function classifyAddress(text: string): AddressClass {
  if (isIPv4(text)) return classifyV4(v4Number(text));
  const groups = isIPv6(text) ? expandV6(text) : [];
  return groups.length === 8 ? classifyV6(groups) : 'forbidden';
}

type Row = readonly [prefix: string, bits: number, AddressClass];

/** First match wins. IANA special-purpose registries, plus the metadata addresses of cloud providers. */
const V4: readonly Row[] = [
  ['168.63.129.16', 32, 'forbidden'],
  ['100.100.100.200', 32, 'forbidden'],
  ['0.0.0.0', 8, 'forbidden'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'private'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'forbidden'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'forbidden'],
  ['192.0.2.0', 24, 'private'],
  ['192.88.99.0', 24, 'private'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'private'],
  ['198.51.100.0', 24, 'private'],
  ['203.0.113.0', 24, 'private'],
  ['224.0.0.0', 3, 'forbidden'],
];

const V6: readonly Row[] = [
  ['::1', 128, 'loopback'],
  ['::', 96, 'forbidden'],
  ['64:ff9b:1::', 48, 'private'],
  ['100::', 64, 'forbidden'],
  ['2001::', 32, 'forbidden'],
  ['2001:db8::', 32, 'private'],
  ['fd00:ec2::', 32, 'forbidden'],
  ['fd20:ce::254', 128, 'forbidden'],
  ['fd00:c1::a9fe:a9fe', 128, 'forbidden'],
  ['fc00::', 7, 'private'],
  ['fe80::', 10, 'forbidden'],
  ['fec0::', 10, 'private'],
  ['ff00::', 8, 'forbidden'],
];

/** Prefixes inside which an IPv4 address is embedded, and at which group it starts. */
const EMBEDDED: readonly { readonly prefix: string; readonly bits: number; readonly at: number }[] = [
  { prefix: '::ffff:0:0', bits: 96, at: 6 },
  { prefix: '::ffff:0:0:0', bits: 96, at: 6 },
  { prefix: '64:ff9b::', bits: 96, at: 6 },
  { prefix: '2002::', bits: 16, at: 1 },
];

function classifyV4(address: number): AddressClass {
  for (const [prefix, bits, kind] of V4) {
    const size = 2 ** (32 - bits);
    if (Math.floor(address / size) === Math.floor(v4Number(prefix) / size)) return kind;
  }
  return 'public';
}

function classifyV6(groups: readonly number[]): AddressClass {
  const inside = EMBEDDED.find(({ prefix, bits }) => startsWithBits(groups, expandV6(prefix), bits));
  if (inside !== undefined) return classifyV4((groups[inside.at] ?? 0) * 65_536 + (groups[inside.at + 1] ?? 0));
  return V6.find(([prefix, bits]) => startsWithBits(groups, expandV6(prefix), bits))?.[2] ?? 'public';
}

function startsWithBits(address: readonly number[], prefix: readonly number[], bits: number): boolean {
  for (let group = 0; group * 16 < bits; group += 1) {
    const unused = 2 ** Math.max(0, 16 - (bits - group * 16));
    if (Math.floor((address[group] ?? 0) / unused) !== Math.floor((prefix[group] ?? 0) / unused)) return false;
  }
  return true;
}

function v4Number(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The eight groups of an IPv6 address; a zone is cut off. */
function expandV6(text: string): readonly number[] {
  return readV6(text.replace(/%.*$/, '')) ?? [];
}
