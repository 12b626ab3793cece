import { Packr } from 'msgpackr'

/** Another implementation of MessagePack, to check ours against. */
export const msgpackr = new Packr({ useRecords: false, variableMapSize: true, useToJSON: false })
