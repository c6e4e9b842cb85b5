/** What the page and the pixel worker say to each other. */

import type { Eye } from '../core/camera';
import type { LinkMessage, PixelCodec, PixelHeader } from '../protocol';

export type ToWorker =
  | { type: 'init'; canvas: OffscreenCanvas; url: string }
  | { type: 'attach'; ticket: string }
  | { type: 'detach' }
  /** Size of the place on the screen, device pixels. */
  | { type: 'resize'; width: number; height: number }
  /** The camera of a view from a revision on. */
  | { type: 'eye'; view: number; revision: number; eye: Eye }
  /** Revisions begin anew: forget the cameras of views. */
  | { type: 'forget' }
  /** Where the screen looks now: the wish if there is one, else the mirror. */
  | { type: 'look'; eye: Eye | null }
  /** The user asked for a change: what comes answers them. */
  | { type: 'asked' }
  /** Most bits a second that the user wants; null: as many as there are. */
  | { type: 'ceiling'; bitrateBps: number | null }
  /** Gives the shown picture back, as it came from the server. */
  | { type: 'read'; id: number };

export type FromWorker =
  | {
      type: 'frame';
      header: PixelHeader;
      bytes: number;
      decodeMs: number;
      /** How long pictures are held at present, so that movement is even. */
      heldMs: number;
      /** Pictures since the start that were thrown away, as a newer one was due. */
      dropped: number;
      queue: number;
    }
  /** All of a lossless still is on the screen; `bytes` of its tiles. */
  | { type: 'still'; header: PixelHeader; bytes: number }
  | { type: 'stream'; codec: PixelCodec; config: string; width: number; height: number }
  | { type: 'link'; link: LinkMessage }
  /** H.264 cannot be shown here; why, for a person. */
  | { type: 'fallback'; reason: string }
  | { type: 'closed'; code: number }
  | { type: 'pixels'; id: number; width: number; height: number; data: ArrayBuffer | null };
