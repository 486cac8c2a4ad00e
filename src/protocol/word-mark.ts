/** Where a word ends, in the text that a voice was given and in the audio that it made. */
export interface WordMark {
  /** Characters of the text up to the end of the word, with the punctuation that clings to it: the slice up to here
   *  is what has been said. Ascends from mark to mark. */
  readonly chars: number;
  /** Samples (24 kHz) of the audio up to the end of the word. Never descends. */
  readonly samples: number;
}
