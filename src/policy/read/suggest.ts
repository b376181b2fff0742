/** Names that were probably meant, as the messages of this room say them. */
export { closest, didYouMean } from '../../text/words/suggest.ts';
