/** The wire: types, codecs and bounds. Pure; no sockets, no clock. */

export * from './types';
export * from './annotation';
export * from './limits';
export * from './close';
export { Malformed } from './check';
export * from './binary';
export * from './decode';
export { bookmark } from './decode-intent';
export * from './encode';
