// Okabe & Ito 2008: colours that colour-blind readers can tell apart.
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9']

/** A colour for each of a few things; they come again after the sixth. */
export const colourOf = (index: number): string =>
  colours[((index % colours.length) + colours.length) % colours.length] ?? '#000'
