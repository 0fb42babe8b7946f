/** Sentences as the corpus has them. */

/** Words and signs apart, as the corpus has them. */
export const tokenise = (sentence: string): string =>
  sentence
    .toLowerCase()
    .replace(/([.,!?;:"()])/g, ' $1 ')
    .replace(/['’]/g, " '")
    .replace(/\s+/g, ' ')
    .trim()
