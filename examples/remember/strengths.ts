/** How fast each method holds to what was learnt: what `--tune 1` chose on the parts of the training sets that nothing is learnt from. */
import type { Story } from './tasks.js'

type Strengths = Readonly<Record<string, number>>

export const chosen: Readonly<Record<Story['key'], Strengths>> = {
  two: {
    'EWC, exact Fisher': 1000,
    'EWC, empirical Fisher': 3000,
    'online EWC': 1000,
    'synaptic intelligence': 10,
    'learning without forgetting': 1,
  },
  permuted: {
    'EWC, exact Fisher': 100,
    'EWC, empirical Fisher': 100,
    'online EWC': 100,
    'synaptic intelligence': 10,
    'learning without forgetting': 3,
  },
  split: {
    'EWC, exact Fisher': 100,
    'EWC, empirical Fisher': 100,
    'online EWC': 100,
    'synaptic intelligence': 100,
    'learning without forgetting': 1,
  },
}
