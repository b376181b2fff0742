/** How much of a text of the request is kept: findings and decisions outlive their request by hours. */

/** As long as the longest image reference that can be one. */
const MOST = 1024;

/**
 * The text, cut after 1024 characters, a cut shown as `…`.
 *
 * For texts of a request that go into a finding or a decision, which are kept for the page: whoever sends eight megabytes
 * as the name of an image must not have them kept five hundred times. A text that was cut keeps nothing of the rest alive
 * (joining and cutting again makes the engine write it out). Nothing is escaped: that is done where it is shown.
 */
export function keptText(text: string): string {
  return text.length <= MOST ? text : ` ${text.slice(0, MOST - 1)}…`.slice(1);
}
